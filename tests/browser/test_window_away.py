"""The server goes and comes back; the window says so, misses nothing, and many tabs share one stream."""

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.test_window_desk import BOOK, SLOW, tickets, waiting
from tests.browser.window import Complaints, Server, watched_page

pytestmark = pytest.mark.browser

BANNER_MS = 5_000  # what is promised: a banner so soon after the server has gone,
BACK_MS = 10_000  # and a live page so soon after it is back
TABS = 12


async def test_a_killed_server_is_noticed_and_everything_is_there_when_it_is_back(
    page: Page, server: Server, complaints: Complaints
) -> None:
    running = await server.submit("demo", args=SLOW, title="survivor")
    for name in ("second", "third"):
        await server.submit("demo", args=SLOW, title=name)
    await expect(page.locator(f".running[data-job='{running}']")).to_be_visible()
    await expect(waiting(page)).to_have_text(["second", "third"])
    complaints.expects_network_errors = True
    await server.kill()
    banner = page.locator(".banner")
    await expect(banner).to_contain_text("The server is away", timeout=BANNER_MS)
    await expect(banner).to_contain_text("Last heard")
    await expect(page.locator("#announcer")).to_contain_text("The server is away")
    await server.start()
    await expect(page.locator(".live.is-live")).to_be_visible(timeout=BACK_MS)
    await expect(banner).to_have_count(0)
    await expect(page.locator(f".running[data-job='{running}']")).to_be_visible()
    await expect(waiting(page)).to_have_text(["second", "third"])
    await expect(tickets(page)).to_have_text(["1", "2"])
    before = await page.locator(".running output").inner_text()
    await expect(page.locator(".running output")).not_to_have_text(before)


async def test_a_silent_server_is_noticed_although_the_connection_is_open(
    context: BrowserContext, server: Server, complaints: Complaints
) -> None:
    page = await watched_page(context, complaints)
    await page.clock.install()
    await page.goto(server.url)
    await expect(page.locator(".nobody")).to_contain_text("The desk is free")
    complaints.expects_network_errors = True
    server.freeze()
    try:
        await page.clock.fast_forward(40_000)
        await page.clock.run_for(2_000)
        await expect(page.locator(".banner")).to_contain_text("The server is away")
    finally:
        server.thaw()
    await expect(page.locator(".banner")).to_have_count(0)
    await expect(page.locator(".live.is-live")).to_be_visible()
    assert complaints.found == []


async def test_a_server_that_stands_still_is_asked_for_a_sign_of_life_before_its_pings_are_late(
    context: BrowserContext, server: Server, complaints: Complaints
) -> None:
    page = await watched_page(context, complaints)
    await page.clock.install()
    await page.goto(server.url)
    await expect(page.locator(".nobody")).to_contain_text("The desk is free")
    await expect(page.locator(".live.is-live")).to_be_visible()
    async with page.expect_response("**/healthz"):
        await page.clock.run_for(10_000)
    await page.clock.run_for(9_000)  # it has answered: nothing is wrong
    await expect(page.locator(".live.is-live")).to_be_visible()
    await expect(page.locator(".banner")).to_have_count(0)
    complaints.expects_network_errors = True
    server.freeze()
    try:
        await page.clock.run_for(19_000)
        await expect(page.locator(".banner")).to_contain_text("The server is away")
    finally:
        server.thaw()
    await expect(page.locator(".live.is-live")).to_be_visible()
    assert complaints.found == []


async def test_a_stream_that_the_browser_has_given_up_is_opened_again(
    page: Page, server: Server, complaints: Complaints
) -> None:
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.fulfill(status=500, body="broken")  # on which an EventSource closes for good

    await expect(page.locator(".nobody")).to_contain_text("The desk is free")
    complaints.expects_network_errors = True
    await page.route("**/api/v1/events*", refuse)
    await server.kill()
    await server.start()
    await expect(page.locator(".banner")).to_contain_text("The server is away", timeout=BANNER_MS)
    await expect(page.locator(".banner")).to_contain_text("Last heard")
    while len(refused) < 2:
        await page.wait_for_event("response", lambda response: response.status == 500)
    await page.unroute("**/api/v1/events*")
    await expect(page.locator(".live.is-live")).to_be_visible(timeout=BACK_MS)
    complaints.forgive("500")


async def test_work_that_could_not_be_sent_is_sent_once_when_the_server_is_back(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.locator("input[type=file]").first.set_input_files(BOOK)
    complaints.expects_network_errors = True
    await server.kill()
    await page.get_by_role("button", name="Put 1 file in line").click()
    await expect(page.locator(".upload.trouble")).to_contain_text("was not taken: The server is away")
    await server.start()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".finished", has_text="loomings.epub")).to_have_count(1)
    await expect(page.locator(".upload")).to_have_count(0)


async def test_many_tabs_share_one_stream_and_the_next_takes_over_without_a_gap(
    context: BrowserContext, server: Server, complaints: Complaints
) -> None:
    streams: list[str] = []
    pages = []
    for _ in range(TABS):
        page = await watched_page(context, complaints)
        page.on("request", lambda request: streams.append(request.url) if "/events" in request.url else None)
        await page.goto(server.url)
        await expect(page.locator(".live.is-live")).to_be_visible()
        pages.append(page)
    assert len(streams) == 1
    await server.submit("demo", args=SLOW, title="first")
    for page in pages:
        await expect(page.locator(".running", has_text="first")).to_be_visible()
    await pages[0].close()
    await server.submit("demo", args=SLOW, title="second")
    for page in pages[1:]:
        await expect(waiting(page)).to_have_text(["second"])
        await expect(page.locator(".live.is-live")).to_be_visible()
    assert len(streams) == 2
    assert "after=" in streams[1]
    assert complaints.found == []
