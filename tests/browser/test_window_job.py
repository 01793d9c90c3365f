"""The page of one job: its steps, its items however many, its log, and how long it took beside what is usual."""

import re
import sqlite3
import time
from typing import Any, Literal

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.axe import check_axe
from tests.browser.window import EXAMPLES, Complaints, Server, overflow_px

pytestmark = pytest.mark.browser

QUICK: dict[str, Any] = {"items": 1, "seconds": 0, "reports": 0}


async def done(page: Page, server: Server, args: dict[str, Any], title: str = "job") -> str:
    """Open the page of a job of the demo kind and wait until it is over."""
    job_id = await server.submit("demo", args=args, title=title)
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    status = page.locator(".job-header .status")
    await expect(status).to_have_text(re.compile("Done|Partly done|Failed"))
    return job_id


async def test_items_are_filtered_by_what_came_of_them_and_found_by_a_word(
    page: Page, server: Server
) -> None:
    await done(page, server, {**QUICK, "items": 30, "fail_items": [7, 17]})
    rows = page.locator(".items tbody tr")
    await expect(rows).to_have_count(30)
    await expect(rows.first).to_contain_text("Item 7 was told to fail")
    await page.get_by_role("button", name="Failed 2").click()
    await expect(rows).to_have_count(2)
    await page.get_by_label("Search items").fill("item 17")
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Done 28").click()
    await expect(page.get_by_text("No item matches.")).to_be_visible()


async def test_ten_thousand_items_scroll_in_a_box_of_their_own(page: Page, server: Server) -> None:
    job_id = await done(page, server, QUICK)
    good = {"unit": "row", "status": "completed", "output": None, "code": None, "message": None, "attempt": 1}
    items = [{**good, "key": f"row-{number}", "number": number} for number in range(10_000)]
    items[9_000] |= {"status": "failed", "code": "bad_row", "message": "Street is missing"}

    async def pages(route: Route) -> None:
        start = int((re.search(r"cursor=(\d+)", route.request.url) or [0, 0])[1])
        more = str(start + 500) if start + 500 < len(items) else None
        await route.fulfill(json={"items": items[start : start + 500], "next_cursor": more})

    await page.route(f"**/jobs/{job_id}/items*", pages)
    await page.reload()
    await expect(page.locator(".items h2")).to_have_text("Items 10,000")
    assert await page.locator(".item-row").count() < 60
    await page.locator(".virtual-box").evaluate("(box) => box.scrollTo(0, 5000 * 44)")
    await expect(page.get_by_role("button", name=re.compile(r"^row-49\d\d$")).first).to_be_visible()
    await page.locator(".virtual-box").evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
    await expect(page.get_by_role("button", name="row-9999")).to_be_visible()
    await page.get_by_label("Search items").fill("street")
    await expect(page.locator(".items tbody tr")).to_have_count(1)
    await page.get_by_label("Search items").fill("row-9")
    await page.get_by_role("button", name="row-9000").click()
    await expect(page.locator(".item-whole")).to_contain_text("Street is missing")


async def test_the_steps_of_a_job_show_which_is_done_and_how_far_the_present_one_is(
    page: Page, server: Server
) -> None:
    job_id = await done(page, server, QUICK)  # over, so that no event tells of steps of its own
    stages = [
        {"name": "parsing", "status": "completed", "current": 4, "total": 4},
        {"name": "odd_step", "status": "running", "current": 3, "total": 10},
        {"name": "writing", "status": "pending", "current": 0, "total": None},
    ]

    async def with_stages(route: Route) -> None:
        answer = await route.fetch()
        job = await answer.json()
        job["progress"]["stages"] = stages
        await route.fulfill(json=job)

    await page.route(f"**/api/v1/jobs/{job_id}", with_stages)
    await page.reload()
    steps = page.locator(".stage")
    await expect(steps).to_have_count(3)
    await expect(steps.nth(0)).to_have_class(re.compile("completed"))
    await expect(steps.nth(1)).to_have_attribute("aria-current", "step")
    await expect(steps.nth(1)).to_contain_text("Odd step")
    await expect(steps.nth(1).get_by_role("progressbar")).to_have_attribute("value", "30")
    await expect(steps.nth(2)).to_contain_text("Not yet")


async def test_what_a_job_took_stands_beside_what_is_usual(page: Page, server: Server) -> None:
    await page.goto("about:blank")
    await server.stop()
    rows = [("demo", "completed", None, 0, 0.0, 0.001, time.time() - number) for number in range(10)]
    with sqlite3.connect(server.data_dir / "nowserving.db") as connection:
        connection.executemany(
            "INSERT INTO runs (kind, status, error_code, input_bytes, waited_seconds, ran_seconds, finished_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    connection.close()
    await server.start()
    await done(page, server, {"items": 4, "seconds": 0.6, "reports": 0})
    timing = page.locator(".timing", has_text="Ran")
    await expect(timing).to_contain_text("usually 0.0 s, seldom more than")
    await expect(timing).to_have_class(re.compile("much_slower"))
    await expect(page.locator(".timings")).to_contain_text(
        re.compile("Compared with 1[01] jobs of this kind")  # this one may have been counted already
    )


async def test_the_log_is_followed_searched_and_let_go(page: Page, server: Server) -> None:
    await done(page, server, {**QUICK, "print_mb": 0})
    lines = "".join(f"line {number}\\n" for number in range(400))
    body = f'event: log\ndata: {{"text": "{lines}"}}\n\nevent: bye\ndata: {{}}\n\n'
    await page.route(
        "**/log?follow=1", lambda route: route.fulfill(body=body, content_type="text/event-stream")
    )
    await page.locator("summary", has_text="Log").click()
    log = page.locator("pre.log")
    await expect(log).to_contain_text("line 399")
    box = "document.querySelector('pre.log')"
    at_end = f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight < 5"
    await page.wait_for_function(at_end)
    await log.evaluate("(box) => box.scrollTo(0, 0)")
    await page.get_by_role("button", name="Follow").click()
    await expect(page.get_by_role("button", name="Follow")).to_have_count(0)
    await page.wait_for_function(at_end)
    await page.get_by_label("Search in the log").fill("line 39")
    await expect(log).to_have_text("\n".join(f"line {number}" for number in (39, *range(390, 400))))


async def test_a_job_in_line_says_why_nothing_moves(page: Page, server: Server) -> None:
    await page.request.post(f"{server.url}/api/v1/queue/pause", data={"reason": "The oven cools down"})
    job_id = await server.submit("demo", args=QUICK, title="patient")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".in-line")).to_contain_text("The line is paused: The oven cools down")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it_also_at_320_pixels(
    page: Page, server: Server, complaints: Complaints, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await done(page, server, {**QUICK, "items": 150, "fail_items": [3]}, "many")
    await page.locator("summary", has_text="Log").click()
    await check_axe(page)
    await done(page, server, {**QUICK, "fail": "The oven is cold"}, "doomed")
    await expect(page.locator(".failure")).to_be_visible()
    await page.set_viewport_size({"width": 320, "height": 640})
    await check_axe(page)
    assert await overflow_px(page) <= 0


async def test_a_crash_is_told_in_a_line_and_its_last_words_are_there_to_be_opened(
    page: Page, server: Server
) -> None:
    job_id = await done(page, server, {**QUICK, "crash": "segfault"})
    failure = page.locator(".failure")
    heading = failure.locator("h2")
    await expect(heading).to_contain_text("ended by SIGSEGV")
    assert "File" not in await heading.inner_text()
    await failure.get_by_text("What it said last").click()
    await expect(failure.locator("pre")).to_contain_text("Segmentation fault")
    await check_axe(page)
    await page.goto(server.url)
    row = page.locator(f"[data-job='{job_id}']")
    await expect(row).to_contain_text("ended by SIGSEGV")
    await expect(row).not_to_contain_text("Segmentation fault")


async def test_tables_have_room_at_320_pixels(page: Page, server: Server) -> None:
    await page.set_viewport_size({"width": 320, "height": 700})
    books = [EXAMPLES / "epub" / name for name in ("loomings.epub", "childrens-literature.epub")]
    job_id = await server.submit("epub", files=books)
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".books tbody tr")).to_have_count(2)
    await expect(page.locator(".items tbody tr, .prices tbody tr")).to_have_count(3)
    wide = """() => [...document.querySelectorAll("main .scroll")]
      .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.ariaLabel ?? box.innerText)"""
    assert await page.evaluate(wide) == []
    await page.get_by_role("button", name="Moby-Dick").click()
    await expect(page.locator(".chapter-list tbody tr").first).to_be_visible()
    assert await page.evaluate(wide) == []
    await expect(page.get_by_role("row", name=re.compile("Moby-Dick.* Herman Melville"))).to_be_visible()
    await done(page, server, {**QUICK, "items": 3, "fail_items": [1]})
    await expect(page.locator(".items tbody tr")).to_have_count(3)
    assert await page.evaluate(wide) == []
    await check_axe(page)


async def test_nothing_more_is_asked_of_a_job_that_is_not_there(
    page: Page, server: Server, complaints: Complaints
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/jobs/none" in request.url else None)
    await page.goto(f"{server.url}/#/jobs/none")
    await expect(page.get_by_role("heading", name="There is no such job")).to_be_visible()
    await expect(page.locator(".live.is-live")).to_be_visible()
    assert not any("/items" in url for url in asked)
    complaints.forgive("404")
