"""The line by hand: drawn to another place with a mouse or by keyboard, many at once, and every place of a long one."""

import json
import re
from typing import Literal

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.axe import check_axe
from tests.browser.many_jobs import fill
from tests.browser.window import Complaints, Server, overflow_px

pytestmark = pytest.mark.browser

SLOW = {"items": 200, "seconds": 0.2}


def waiting(page: Page) -> Locator:
    """The titles of the waiting jobs that are in the page, in order of their places."""
    return page.locator(".waiting .job-title")


async def line_of(page: Page, server: Server, names: str) -> None:
    """Occupy the desk and put a job in line for each letter."""
    await server.submit("demo", args=SLOW, title="long")
    for name in names:
        await server.submit("demo", args=SLOW, title=name)
    await expect(waiting(page)).to_have_text(list(names))


async def server_line(page: Page, server: Server) -> list[str]:
    """Return the titles in the order that the server keeps."""
    answer = await page.request.get(f"{server.url}/api/v1/queue/jobs")
    return [job["title"] for job in (await answer.json())["jobs"]]


async def middle(row: Locator) -> tuple[float, float]:
    """Return the centre of an element in the window."""
    box = await row.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_a_job_is_drawn_to_another_place_and_back_by_undo(page: Page, server: Server) -> None:
    await line_of(page, server, "abcd")
    grip = page.get_by_role("button", name="Move d by hand")
    x, y = await middle(grip)
    _, goal = await middle(page.locator(".waiting .ticket").nth(1))
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y - 20, steps=2)
    await page.mouse.move(x, goal, steps=4)
    await expect(page.locator(".waiting.taken .job-title")).to_have_text("d")
    await page.mouse.up()
    await expect(waiting(page)).to_have_text(["a", "d", "b", "c"])
    await expect(page.locator(".toast")).to_contain_text("d is number 2 now")
    assert await server_line(page, server) == ["a", "d", "b", "c"]
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(waiting(page)).to_have_text(["a", "b", "c", "d"])


async def test_a_row_in_the_air_is_put_back_by_escape(page: Page, server: Server) -> None:
    await line_of(page, server, "abc")
    x, y = await middle(page.get_by_role("button", name="Move c by hand"))
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y - 150, steps=4)
    await expect(page.locator(".waiting.taken")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator(".waiting.taken")).to_have_count(0)
    await page.mouse.up()
    assert await server_line(page, server) == ["a", "b", "c"]


async def test_the_keyboard_takes_a_job_along_and_is_told_where_it_is(page: Page, server: Server) -> None:
    await line_of(page, server, "abcd")
    grip = page.get_by_role("button", name="Move c by hand")
    await grip.focus()
    await page.keyboard.press("Enter")
    await expect(grip).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#announcer")).to_contain_text("c is taken up at place 3 of 4")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#announcer")).to_contain_text("Place 2 of 4")
    await page.keyboard.press("Home")
    await page.keyboard.press("Enter")
    await expect(waiting(page)).to_have_text(["c", "a", "b", "d"])
    await expect(grip).to_be_focused()
    assert await server_line(page, server) == ["c", "a", "b", "d"]


async def test_a_move_that_the_server_refuses_is_shown_at_once_and_taken_back(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await line_of(page, server, "abc")
    asked: list[Route] = []

    async def keep(route: Route) -> None:
        asked.append(route)

    await page.route("**/move", keep)
    await page.get_by_role("button", name="Move c to the front").click()
    await expect(waiting(page)).to_have_text(["c", "a", "b"])
    assert len(asked) == 1
    problem = json.dumps({"detail": "No, not today.", "code": "conflict", "status": 409})
    await asked[0].fulfill(status=409, body=problem, content_type="application/problem+json")
    await expect(waiting(page)).to_have_text(["a", "b", "c"])
    await expect(page.locator(".toast.trouble")).to_contain_text("No, not today.")
    complaints.forgive("409")


async def test_many_are_picked_and_moved_to_the_front_and_back_again(page: Page, server: Server) -> None:
    await line_of(page, server, "abcde")
    for name in "db":
        await page.get_by_label(f"Select {name}", exact=True).check()
    await page.get_by_role("button", name="Move to the front", exact=True).click()
    await expect(waiting(page)).to_have_text(["b", "d", "a", "c", "e"])
    await expect(page.locator(".toast")).to_contain_text("2 jobs are at the front now")
    await expect(page.locator(".picked")).to_have_count(0)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(waiting(page)).to_have_text(["a", "b", "c", "d", "e"])
    assert await server_line(page, server) == list("abcde")


async def test_many_are_cancelled_and_put_back_where_they_were(page: Page, server: Server) -> None:
    await line_of(page, server, "abcde")
    await page.get_by_label("Select b", exact=True).click()
    await page.get_by_label("Select d", exact=True).click(modifiers=["Shift"])
    await expect(page.locator(".picked")).to_contain_text("3 selected")
    await page.locator(".picked").get_by_role("button", name="Cancel", exact=True).click()
    await expect(waiting(page)).to_have_text(["a", "e"])
    await page.locator(".toast").get_by_role("button", name="Put back").click()
    await expect(waiting(page)).to_have_text(["a", "b", "c", "d", "e"])
    assert await server_line(page, server) == list("abcde")
    await expect(page.locator(".row.finished time")).to_have_text(["just now"] * 3)


async def test_one_that_will_not_be_cancelled_does_not_keep_the_others_from_it(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await line_of(page, server, "abcde")
    row = page.locator(".waiting", has=page.locator(".job-title", has_text=re.compile("^b$")))
    job = await row.get_attribute("data-job")

    async def refuse(route: Route) -> None:
        problem = json.dumps({"detail": "It has begun.", "code": "conflict", "status": 409})
        await route.fulfill(status=409, body=problem, content_type="application/problem+json")

    await page.route(f"**/jobs/{job}/cancel", refuse)
    await page.get_by_label("Select a", exact=True).click()
    await page.get_by_label("Select d", exact=True).click(modifiers=["Shift"])
    await page.locator(".picked").get_by_role("button", name="Cancel", exact=True).click()
    await expect(waiting(page)).to_have_text(["b", "e"])
    toast = page.locator(".toast")
    await expect(toast).to_have_count(1)
    await expect(toast).to_contain_text("Cancelled 3 jobs")
    await expect(toast).to_contain_text("Not b: It has begun.")
    await toast.get_by_role("button", name="Put back").click()
    await expect(waiting(page)).to_have_text(["a", "b", "c", "d", "e"])
    assert await server_line(page, server) == list("abcde")
    complaints.forgive("409")


async def test_what_is_done_to_many_is_done_to_few_at_once_and_ends_with_the_server(page: Page) -> None:
    found = await page.evaluate(
        """async () => {
          const { for_each, why_not } = await import("/static/bulk.js");
          const { Problem } = await import("/static/api.js");
          const jobs = Array.from({ length: 20 }, (_, number) => ({ id: number, title: `job ${number}` }));
          let [now, most, asked] = [0, 0, 0];
          const work = async ({ id }) => {
            asked += 1;
            most = Math.max(most, (now += 1));
            await new Promise((go_on) => setTimeout(go_on));
            now -= 1;
            if (id === 3) throw new Problem(409, { detail: "Too late.", code: "conflict" });
            if (id === 7) throw new Problem(0);
            return id;
          };
          const { done, failed } = await for_each(jobs, work);
          return { most, asked, sum: done.length + failed.length, words: why_not(failed),
            first: failed[0].job.id, in_order: done.map(({ result }) => result).join() };
        }"""
    )
    assert found["most"] == 4
    assert found["asked"] < 12
    assert found["sum"] == 20
    assert found["first"] == 3
    assert found["in_order"].startswith("0,1,2,4,5,6")
    assert found["words"].startswith("Not job 3: Too late. Not job 7, job ")
    assert "The server is away" in found["words"]


async def test_x_picks_the_row_that_has_the_focus(page: Page, server: Server) -> None:
    await line_of(page, server, "ab")
    await page.locator(".waiting .job-title", has_text="b").focus()
    await page.keyboard.press("x")
    await expect(page.get_by_label("Select b", exact=True)).to_be_checked()
    await expect(page.locator(".picked")).to_contain_text("1 selected")


async def test_a_paused_line_says_why_and_goes_on_from_there(page: Page, server: Server) -> None:
    await page.request.post(f"{server.url}/api/v1/queue/pause", data={"reason": "The oven cools down"})
    await expect(page.locator(".standing")).to_contain_text("The oven cools down")
    await page.locator(".standing").get_by_role("button", name="Resume").click()
    await expect(page.get_by_text("Nobody. The desk is free.")).to_be_visible()


async def test_every_place_of_a_line_of_thousands_is_reached(page: Page, server: Server) -> None:
    await fill(page, server, waiting=3_000)
    await page.request.post(f"{server.url}/api/v1/queue/pause", data={})
    await page.goto(server.url)
    await expect(page.locator(".count")).to_have_text(re.compile(r"(3,000|2,9\d\d)"))
    await page.evaluate(
        "scrollTo(0, document.querySelector('.waiting-rows').getBoundingClientRect().top + scrollY + 1500 * 62)"
    )
    row = page.locator(
        ".waiting:not(.unknown)", has=page.locator(".ticket", has_text=re.compile(r"^1,50\d$"))
    )
    await expect(row.first).to_be_visible()
    title = await row.first.locator(".job-title").inner_text()
    assert await page.locator(".waiting").count() < 100
    await row.first.get_by_role("button", name=f"Move {title} to the front").click()
    await page.evaluate("scrollTo(0, 0)")
    await expect(waiting(page).first).to_have_text(title)
    assert (await server_line(page, server))[0] == title


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it_also_at_320_pixels(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await line_of(page, server, "abc")
    await server.submit("demo", args={"items": 1, "seconds": 0, "hold": True}, title="careful")
    await page.get_by_label("Select a", exact=True).check()
    await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    await check_axe(page)
    assert await overflow_px(page) <= 0
