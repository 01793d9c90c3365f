"""The keyboard alone does everything, tells what it can, and keeps out of the way of typing."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.test_window_desk import SLOW, tickets, waiting
from tests.browser.window import Server

pytestmark = pytest.mark.browser


def row(page: Page, job_id: str) -> Locator:
    """The link of a job's row."""
    return page.locator(f"[data-job='{job_id}'] .job-title").first


def chosen(page: Page) -> Locator:
    """The entry of the palette that Enter would take."""
    return page.locator(".palette [role=option][aria-selected=true]")


async def line_of(page: Page, server: Server, names: str) -> dict[str, str]:
    """Put a slow job before some that wait; returns the ids by title."""
    ids = {"running": await server.submit("demo", args=SLOW, title="running")}
    await expect(page.locator(f".running[data-job='{ids['running']}']")).to_be_visible()
    for name in names:
        ids[name] = await server.submit("demo", args=SLOW, title=name)
    await expect(waiting(page)).to_have_text(list(names))
    return ids


async def press(page: Page, keys: str) -> None:
    """Press keys one after the other, as they are separated by blanks."""
    for key in keys.split():
        await page.keyboard.press(key)


async def test_work_is_handed_in_by_keys_alone(page: Page) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    await page.keyboard.type("hand try desk")
    await expect(chosen(page)).to_have_text("Hand in: Try the desk")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.palette")).to_have_count(0)
    await expect(page.locator(".submit :focus")).to_have_count(1)
    for _ in range(60):
        if await page.evaluate("document.activeElement.type === 'submit'"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("main [data-job]", has_text="Try the desk").first).to_be_visible()


async def test_rows_are_walked_opened_and_come_back_to(page: Page, server: Server) -> None:
    ids = await line_of(page, server, "ab")
    await page.keyboard.press("j")
    await expect(row(page, ids["running"])).to_be_focused()
    await press(page, "j j")
    await expect(row(page, ids["b"])).to_be_focused()
    await page.keyboard.press("k")
    await expect(row(page, ids["a"])).to_be_focused()
    assert await row(page, ids["a"]).evaluate("(one) => one.matches(':focus-visible')")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("a")
    await press(page, "g l")
    await expect(waiting(page)).to_have_text(["a", "b"])
    await page.keyboard.press("j")
    await expect(row(page, ids["a"])).to_be_focused()


async def test_a_waiting_job_is_moved_cancelled_and_put_back_by_keys_alone(
    page: Page, server: Server
) -> None:
    ids = await line_of(page, server, "abc")
    await press(page, "j j")
    await expect(row(page, ids["a"])).to_be_focused()
    await page.keyboard.press("Shift+J")
    await expect(waiting(page)).to_have_text(["b", "a", "c"])
    await expect(row(page, ids["a"])).to_be_focused()
    await page.keyboard.press("Shift+K")
    await expect(waiting(page)).to_have_text(["a", "b", "c"])
    await expect(row(page, ids["a"])).to_be_focused()
    await page.keyboard.press("c")
    await expect(waiting(page)).to_have_text(["b", "c"])
    await expect(row(page, ids["b"])).to_be_focused()
    await page.keyboard.press("u")
    await expect(waiting(page)).to_have_text(["a", "b", "c"])
    await expect(tickets(page)).to_have_text(["1", "2", "3"])


async def test_a_row_is_picked_by_a_letter(page: Page, server: Server) -> None:
    await line_of(page, server, "ab")
    await press(page, "j j x")
    await expect(page.get_by_role("checkbox", name="Select a")).to_be_checked()
    await press(page, "x")
    await expect(page.get_by_role("checkbox", name="Select a")).not_to_be_checked()


async def test_the_job_that_is_shown_is_cancelled_and_done_again_by_letters(
    page: Page, server: Server
) -> None:
    job_id = await server.submit("demo", args=SLOW, title="stubborn")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".job-header .status")).to_have_text("Running")
    await page.keyboard.press("c")
    await expect(page.locator(".job-header .status")).to_have_text("Cancelled")
    await page.keyboard.press("r")
    await expect(page.locator(".toast")).to_contain_text(["stubborn is back in line"])


async def test_letters_are_letters_where_something_is_typed(page: Page, server: Server) -> None:
    await line_of(page, server, "a")
    await page.goto(f"{server.url}/#/history")
    field = page.get_by_role("searchbox")
    await expect(field).to_be_visible()
    await page.keyboard.press("/")
    await expect(field).to_be_focused()
    await page.keyboard.type("jxc?gl")
    await expect(field).to_have_value("jxc?gl")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(page).to_have_url(re.compile("#/history"))


async def test_letters_can_be_turned_off_and_stay_off(page: Page, server: Server) -> None:
    ids = await line_of(page, server, "a")
    await page.keyboard.press("?")
    await page.get_by_label("Single letters are shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.reload()
    await expect(waiting(page)).to_have_text(["a"])
    await press(page, "j j c ?")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(row(page, ids["a"])).not_to_be_focused()
    await expect(waiting(page)).to_have_text(["a"])


async def test_the_help_names_every_key_and_escape_closes_it(page: Page) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.keyboard.press("?")
    keys = page.locator("dialog.help kbd")
    await expect(keys.first).to_be_visible()
    told = set(await keys.all_inner_texts())
    assert {"j", "k", "x", "c", "r", "u", "n", "/", "g", "?", "l"} <= told
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog.help")).to_have_count(0)


async def open_palette(page: Page) -> None:
    """Open the palette and wait until it listens."""
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()


async def test_the_palette_finds_screens_jobs_and_actions_by_a_few_letters(
    page: Page, server: Server
) -> None:
    ids = await line_of(page, server, "ab")
    await open_palette(page)
    await page.keyboard.type("hist")
    await expect(chosen(page)).to_contain_text("History")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("#/history"))
    await open_palette(page)
    await page.keyboard.type("running")
    await expect(chosen(page)).to_contain_text("running")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{server.url}/#/jobs/{ids['running']}")
    await open_palette(page)
    await page.keyboard.type("pause")
    await expect(chosen(page)).to_have_text("Pause the line")
    await page.keyboard.press("Enter")
    await expect(page.locator(".lane.paused")).to_be_visible()
    await open_palette(page)
    await page.keyboard.type("resume")
    await expect(chosen(page)).to_have_text("Resume the line")
    await page.keyboard.press("Enter")
    await expect(page.locator(".lane.paused")).to_have_count(0)


async def test_the_palette_is_walked_by_arrows_and_gives_the_focus_back(page: Page) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.get_by_role("button", name="Pause the line").focus()
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find anything")
    await expect(field).to_have_attribute("aria-activedescendant", re.compile("."))
    first = await field.get_attribute("aria-activedescendant")
    await page.keyboard.press("ArrowDown")
    await expect(field).not_to_have_attribute("aria-activedescendant", str(first))
    await expect(chosen(page)).to_have_count(1)
    await page.keyboard.press("ArrowUp")
    await expect(field).to_have_attribute("aria-activedescendant", str(first))
    await page.keyboard.type("zzzqqq")
    await expect(page.locator(".palette-empty")).to_contain_text("zzzqqq")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Pause the line")).to_be_focused()


async def test_the_line_is_cleared_only_when_the_offer_to_let_it_be_has_gone(
    page: Page, server: Server
) -> None:
    await line_of(page, server, "ab")
    await open_palette(page)
    await page.keyboard.type("cancel all")
    await expect(chosen(page)).to_have_text("Cancel all 2 jobs that wait")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text(["2 waiting jobs leave the line"])
    await page.keyboard.press("u")
    await expect(page.locator(".toast")).to_have_count(0)
    await expect(waiting(page)).to_have_text(["a", "b"])
    await open_palette(page)
    await page.keyboard.type("cancel all")
    await expect(chosen(page)).to_have_text("Cancel all 2 jobs that wait")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(waiting(page)).to_have_count(0)
    await expect(page.locator(".toast")).to_contain_text(["Cancelled 2 jobs"])


async def test_the_skip_link_goes_past_the_header(page: Page) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")
