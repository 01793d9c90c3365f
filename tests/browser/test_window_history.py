"""The history: searched and filtered by the server, as long as it is, and done again or removed in bulk."""

import json
import re
from typing import Literal

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.axe import check_axe
from tests.browser.many_jobs import fill
from tests.browser.window import Complaints, Server, overflow_px

pytestmark = pytest.mark.browser

QUICK = {"items": 1, "seconds": 0, "reports": 0}


def titles(page: Page) -> Locator:
    """The titles of the rows that are in the page, in order."""
    return page.locator(".history .job-title")


async def past(page: Page, server: Server) -> None:
    """Give the desk a failed job, a cancelled one and three that went well, and open their history."""
    for name in ("apple pie", "pear tart", "plum cake"):
        await server.submit("demo", args=QUICK, title=name)
    await server.submit("demo", args={**QUICK, "fail": "The oven is cold"}, title="apple cake")
    await expect(page.locator(".finished .job-title", has_text="apple cake")).to_be_visible()
    await page.goto(f"{server.url}/#/history")
    await expect(titles(page)).to_have_text(["apple cake", "plum cake", "pear tart", "apple pie"])


async def test_the_search_and_the_filters_are_in_the_address_and_the_server_s_work(
    page: Page, server: Server
) -> None:
    await past(page, server)
    await page.get_by_label("Search in titles").fill("apple")
    await expect(titles(page)).to_have_text(["apple cake", "apple pie"])
    await expect(page).to_have_url(re.compile(r"#/history\?q=apple$"))
    await page.get_by_role("button", name="Failed", exact=True).click()
    await expect(titles(page)).to_have_text(["apple cake"])
    await expect(page).to_have_url(re.compile(r"#/history\?q=apple&status=failed$"))
    await page.go_back()
    await expect(titles(page)).to_have_text(["apple cake", "apple pie"])
    await page.go_forward()
    await expect(titles(page)).to_have_text(["apple cake"])
    await page.get_by_label("Kind").select_option("epub")
    await expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    await page.locator(".empty").get_by_role("link", name="Clear filters").click()
    await expect(titles(page)).to_have_count(4)
    await expect(page.get_by_label("Search in titles")).to_have_value("")


async def test_a_link_opens_the_same_list_and_strange_words_in_it_do_no_harm(
    page: Page, server: Server
) -> None:
    await past(page, server)
    await page.goto(f"{server.url}/#/history?status=completed,nonsense&q=p&after=yesterday&kind=demo")
    await expect(titles(page)).to_have_text(["plum cake", "pear tart", "apple pie"])
    await page.goto(f"{server.url}/#/history?after=2100-01-01")
    await expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


async def test_a_job_is_looked_at_and_the_list_is_as_it_was_when_one_comes_back(
    page: Page, server: Server
) -> None:
    await fill(page, server, finished=400)
    await page.goto(f"{server.url}/#/history?status=completed")
    await expect(titles(page).first).to_have_text("past 397")
    for _ in range(3):
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await page.wait_for_function("document.querySelectorAll('.history .row').length > 0")
    target = page.locator(".history .row", has=page.locator(".job-title", has_text=re.compile(r"^past 250$")))
    await page.evaluate("scrollTo(0, 5300)")
    await expect(target).to_be_attached()
    await target.locator(".job-title").click()
    await expect(page.locator(".job-header h1")).to_have_text("past 250")
    await page.go_back()
    await expect(target.locator(".job-title")).to_be_in_viewport()


async def test_ten_thousand_rows_scroll_and_the_page_stays_small(page: Page, server: Server) -> None:
    await fill(page, server, finished=10_000)
    await page.goto(f"{server.url}/#/history")
    await expect(titles(page).first).to_have_text("past 9999")
    most = await page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          const has = (text) => document.querySelector(".history .history-count").textContent.includes(text);
          let [most, holes, last] = [0, 0, -1];
          while (!has("10,000 jobs")) {
            scrollTo(0, document.documentElement.scrollHeight);
            await frame();
            most = Math.max(most, document.querySelectorAll(".history .row").length);
          }
          for (let y = 0; y < document.documentElement.scrollHeight; y += 7_000) {
            scrollTo(0, y);
            await frame();
            await frame();
            const rows = document.querySelectorAll(".history .row");
            most = Math.max(most, rows.length);
            const middle = document.elementFromPoint(640, 500)?.closest("[data-index]");
            holes += middle ? 0 : 1;
            if (middle) { if (Number(middle.dataset.index) <= last) holes += 1; last = Number(middle.dataset.index); }
          }
          return [most, holes, last];
        }"""
    )
    rows, holes, last = most
    assert rows < 80
    assert holes == 0
    assert last > 9_800
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await expect(titles(page).last).to_have_text("past 0")


async def test_what_failed_is_done_again_in_bulk_and_called_off(page: Page, server: Server) -> None:
    await past(page, server)
    await page.get_by_role("button", name="Pause").first.click()
    await page.get_by_role("button", name="Pause", exact=True).last.click()
    await page.get_by_label("Select apple cake").check()
    await page.get_by_label("Select pear tart").check()
    await expect(page.locator(".picked")).to_contain_text("2 selected")
    await page.get_by_role("button", name="Do 1 again").click()
    await expect(page.locator(".toast")).to_contain_text("1 job is back in line")
    await page.get_by_role("button", name=re.compile("1 newer job")).click()
    await expect(page.locator(".history .row").first.locator(".status")).to_have_text("Waiting")
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(page.locator(".history .row").first.locator(".status")).to_have_text("Cancelled")


async def test_rows_between_two_clicks_are_removed_together_and_can_be_kept(
    page: Page, server: Server
) -> None:
    await past(page, server)
    await page.get_by_label("Select apple cake").click()
    await page.get_by_label("Select pear tart").click(modifiers=["Shift"])
    await page.get_by_role("button", name="Remove 3").click()
    await expect(titles(page)).to_have_text(["apple pie"])
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(titles(page)).to_have_count(4)
    await page.get_by_label("Select apple pie").click()
    await page.get_by_role("button", name="Remove 1").click()
    await expect(titles(page)).to_have_count(3)
    async with page.expect_response(lambda response: response.request.method == "DELETE") as answer:
        await page.locator(".toast").get_by_role("button", name="Close message").click()
    assert (await answer.value).status == 204
    await expect(titles(page)).to_have_text(["apple cake", "plum cake", "pear tart"])


async def test_one_that_cannot_be_removed_comes_back_and_says_why(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await past(page, server)
    job = await page.locator(".history .row", has_text="plum cake").get_attribute("data-job")

    async def refuse(route: Route) -> None:
        if route.request.method != "DELETE":
            return await route.fallback()
        body = json.dumps({"detail": "It is being copied.", "code": "conflict", "status": 409})
        return await route.fulfill(status=409, body=body, content_type="application/problem+json")

    await page.route(f"**/jobs/{job}", refuse)
    await page.get_by_label("Select apple cake").click()
    await page.get_by_label("Select pear tart").click(modifiers=["Shift"])
    await page.get_by_role("button", name="Remove 3").click()
    await expect(titles(page)).to_have_text(["apple pie"])
    await page.locator(".toast").get_by_role("button", name="Close message").click()
    await expect(page.locator(".toast.trouble")).to_have_text("Not plum cake: It is being copied.")
    await expect(titles(page)).to_have_text(["plum cake", "apple pie"])
    complaints.forgive("409")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it_also_at_320_pixels(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.goto(f"{server.url}/#/history")
    await expect(page.get_by_role("heading", name="Nothing has been handed in yet")).to_be_visible()
    await check_axe(page)
    await page.goto(server.url)
    await past(page, server)
    await page.get_by_label("Select apple cake").check()
    await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    await check_axe(page)
    assert await overflow_px(page) <= 0
