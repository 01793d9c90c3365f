"""The window on heat sheets: a name, PDFs and links, sheets as they are read, swims to pick, a calendar, paper."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import icalendar
import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from tests.browser.window import Server, overflow_px
from tests.http.heatsheet_files import meet_day

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _loopback_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWSERVING_ALLOW_URL_HOSTS", "127.0.0.1")


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "sunday.pdf", tmp_path / "saturday.pdf"]
    meet_day(paths[0], "11/9/2025", "Sunday Morning", event=21)
    meet_day(paths[1], "11/8/2025", "Saturday Morning", event=1)
    return paths


@pytest.fixture
async def meet_page(days: list[Path]) -> AsyncIterator[str]:
    async def page(_: web.Request) -> web.Response:
        links = '<a href="/saturday.pdf">Heat sheet Saturday</a> <a href="/parking.pdf">Parking</a>'
        return web.Response(text=f"<!doctype html>{links}", content_type="text/html")

    async def sheet(_: web.Request) -> web.Response:
        return web.Response(body=await asyncio.to_thread(days[1].read_bytes), content_type="application/pdf")

    app = web.Application()
    app.router.add_get("/meet", page)
    app.router.add_get("/saturday.pdf", sheet)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def fill_in(page: Page, swimmer: str, files: list[Path]) -> None:
    await page.get_by_label("What to do").select_option("heatsheets")
    await page.get_by_label("Swimmer", exact=True).fill(swimmer)
    if files:
        await page.locator("input[type=file]").first.set_input_files(files)


async def find(page: Page, swimmer: str, files: list[Path]) -> None:
    await fill_in(page, swimmer, files)
    await page.get_by_role("button", name=re.compile("Find the swimmer")).click()
    await expect(page.locator(".batch")).to_be_visible()


async def test_a_swimmer_is_found_on_two_sheets_and_taken_along(
    page: Page, server: Server, days: list[Path]
) -> None:
    await find(page, "Ann Li", days)
    await expect(page.locator(".batch .job-header .status")).to_have_text("Done")
    await expect(page.locator(".session h3")).to_contain_text(["November 8", "November 9"])
    await expect(page.locator(".swim-time")).to_have_text(["09:00 AM", "09:00 AM"])
    await expect(page.locator(".swim-where").first).to_have_text(re.compile(r"E1\s*H1\s*L4"))
    await expect(page.locator(".swim-name").first).to_contain_text("Seed 31.40")
    await page.get_by_role("button", name="15 min").click()
    await page.get_by_label("Time zone of the pool").select_option("America/New_York")
    await page.get_by_role("checkbox", name=re.compile("^Take")).first.uncheck()
    link = page.get_by_role("link", name="Calendar with 1 event")
    async with (
        aiohttp.ClientSession(server.url) as client,
        client.get(str(await link.get_attribute("href"))) as answer,
    ):
        found = icalendar.Calendar.from_ical(await answer.text()).walk("VEVENT")
    assert [str(event["summary"]) for event in found] == ["Li, Ann - E21 H1 L4 - 50 Free"]
    assert found[0]["dtstart"].dt.isoformat() == "2025-11-09T09:00:00-05:00"
    assert found[0].walk("VALARM")[0]["trigger"].dt.total_seconds() == -900
    await page.get_by_text("2 of 2 jobs done").click()
    await expect(page.locator(".sheet .job-title")).to_have_text(["sunday.pdf", "saturday.pdf"])
    await page.locator(".sheet .job-title").first.click()
    await expect(page.locator(".swims-panel")).to_contain_text("Opens later with the code")
    await page.get_by_role("link", name="All sheets together").click()
    await expect(page.locator(".batch .session")).to_have_count(2)


async def test_sheets_and_links_are_put_in_order_by_buttons_and_by_dragging(
    page: Page, days: list[Path]
) -> None:
    await fill_in(page, "Ann Li", days)
    names = page.locator("[aria-label='Sheets to read'] .name")
    await expect(names).to_have_text(["sunday.pdf", "saturday.pdf"])
    await page.get_by_role("button", name="Move saturday.pdf up").click()
    await expect(names).to_have_text(["saturday.pdf", "sunday.pdf"])
    await expect(page.get_by_role("button", name="Move saturday.pdf up")).to_be_disabled()
    rows = page.locator("[aria-label='Sheets to read'] li")
    await rows.nth(1).drag_to(rows.nth(0))
    await expect(names).to_have_text(["sunday.pdf", "saturday.pdf"])
    link = page.get_by_label("Link to a PDF or to the meet's page")
    for address in ("https://example.org/a.pdf", "https://example.org/b.pdf"):
        await link.fill(address)
        await link.press("Enter")
    await page.get_by_role("button", name="Move https://example.org/b.pdf up").click()
    links = page.locator("[aria-label='Links to read'] .name")
    await expect(links).to_have_text(["https://example.org/b.pdf", "https://example.org/a.pdf"])
    await page.get_by_role("button", name="Take out https://example.org/a.pdf").click()
    await expect(links).to_have_text(["https://example.org/b.pdf"])
    await expect(page.get_by_role("button", name="Find the swimmer on 3 sheets")).to_be_visible()


async def test_an_unsure_name_is_one_click_from_its_events(page: Page, days: list[Path]) -> None:
    await find(page, "Annie Lee", days)
    choice = page.locator(".choice", has_text="Li, Ann")
    await expect(choice).to_contain_text("UT, age 9")
    before = page.url
    await choice.click()
    await expect(page.locator(".swims-panel h2")).to_contain_text("2 events")
    await expect(page).not_to_have_url(before)
    await page.get_by_label("Somebody else on the same sheets").fill("Bo Ng")
    await page.get_by_role("button", name="Find", exact=True).click()
    await expect(page.locator(".swims-panel h2")).to_contain_text("Bo Ng")


async def test_a_name_is_completed_from_sheets_that_were_read(
    page: Page, server: Server, days: list[Path]
) -> None:
    await find(page, "Ann Li", days)
    await expect(page.locator(".session")).to_have_count(2)
    await page.goto(f"{server.url}/#/")
    await page.get_by_label("Swimmer", exact=True).fill("mi")
    option = page.locator("datalist option")
    await expect(option).to_have_attribute("value", "Oh, Mia")
    await expect(option).to_have_text("STAR, age 10")


async def test_a_meet_page_offers_its_files(page: Page, meet_page: str) -> None:
    await fill_in(page, "Ann Li", [])
    await page.get_by_label("Link to a PDF or to the meet's page").fill(f"{meet_page}/meet")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="Find the swimmer on 1 sheet").click()
    await expect(page.locator(".page-links")).to_contain_text("2 files")
    await expect(page.get_by_label("Heat sheet Saturday")).to_be_checked()
    await expect(page.get_by_label("Parking")).not_to_be_checked()
    await page.get_by_role("button", name="Read 1 file").click()
    await expect(page.locator(".session")).to_have_count(1)


async def test_a_sheet_that_cannot_be_read_says_why_beside_the_others(page: Page, days: list[Path]) -> None:
    bad = days[0].with_name("bad.pdf")
    bad.write_bytes(b"no pdf")
    await find(page, "Ann Li", [days[1], bad])
    await expect(page.locator(".batch .job-header .status")).to_have_text("Partly done")
    await expect(page.locator(".sheet .problem")).to_contain_text("Submit the meet's PDF")
    await expect(page.locator(".session")).to_have_count(1)
    await page.get_by_role("button", name="Retry what failed").click()
    await expect(page.locator(".sheet .problem")).to_contain_text("Submit the meet's PDF")
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await overflow_px(page) <= 0


async def test_what_is_printed_is_the_swims_alone(page: Page, days: list[Path]) -> None:
    await find(page, "Ann Li", days)
    await expect(page.locator(".session")).to_have_count(2)
    await page.get_by_role("checkbox", name=re.compile("^Take")).first.uncheck()
    await page.emulate_media(media="print")
    for hidden in (".top", ".calendar", ".sheets", ".somebody-else", ".swim.left-out", ".back"):
        await expect(page.locator(hidden).first).to_be_hidden()
    await expect(page.locator(".swim:visible")).to_have_count(1)


async def test_the_form_asks_for_what_is_missing(page: Page) -> None:
    await page.get_by_label("What to do").select_option("heatsheets")
    await page.get_by_role("button", name="Find the swimmer").click()
    await expect(page.locator(".toast")).to_contain_text("Give a name first")
    await page.get_by_label("Swimmer", exact=True).fill("Ann Li")
    await page.get_by_role("button", name="Find the swimmer").click()
    await expect(page.locator(".toast").last).to_contain_text("Add a PDF or a link first")


async def test_an_example_fills_the_form_and_waits_for_a_name(page: Page) -> None:
    await page.locator(".try-it button", has_text="Otter Spring Open").click()
    await expect(page.locator("[aria-label='Sheets to read'] .name")).to_have_text("otter-program.pdf")
    await page.get_by_label("Swimmer", exact=True).fill("Zoe Muller")
    await page.get_by_role("button", name="Find the swimmer on 1 sheet").click()
    await expect(page.locator(".swim").first).to_be_visible()


async def test_two_swimmers_of_one_name_are_told_apart(page: Page, tmp_path: Path) -> None:
    others = (("Ng, Bo", 9, "UT"), ("Ng, Bo", 11, "STAR"))
    twins = tmp_path / "twins.pdf"
    meet_day(twins, "11/8/2025", "Saturday", event=1, others=others)
    await find(page, "Bo Ng", [twins])
    await expect(page.get_by_role("heading", name="Which Bo Ng?")).to_be_visible()
    await page.locator(".choice", has_text="STAR, age 11 · 1 event").click()
    await expect(page.locator(".swim-name")).to_contain_text("STAR")


async def test_a_batch_that_is_not_there_says_so(page: Page, server: Server, complaints) -> None:
    await page.goto(f"{server.url}/#/batches/01890000-0000-7000-8000-000000000000")
    await expect(page.get_by_role("heading", name="There is no such batch")).to_be_visible()
    complaints.forgive("404")
