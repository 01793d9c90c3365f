"""How it looks: small screens do not scroll sideways, dark is dark, and the page weighs little."""

import gzip
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_window_desk import BOOK, LONG_BOOK, SLOW
from tests.browser.window import Complaints, Server, overflow_px, watched_page

pytestmark = pytest.mark.browser

LONG_TITLE = "a-name-that-goes-on-and-on-without-a-single-break-until-nobody-knows-where-it-began.epub"
MAX_FIRST_LOAD_GZIP_BYTES = 120_000


async def visit(page: Page, server: Server) -> list[str]:
    """Return the addresses of the screens, each in a state with much on it."""
    counted = await server.submit("epub", files=[BOOK, LONG_BOOK], title=LONG_TITLE)
    await page.goto(f"{server.url}/#/jobs/{counted}")
    await expect(page.locator(".books tbody tr")).to_have_count(2)
    running = await server.submit("demo", args=SLOW, title=LONG_TITLE)
    queued = await server.submit("demo", args=SLOW, title=LONG_TITLE)
    return ["#/", f"#/jobs/{counted}", f"#/jobs/{running}", f"#/jobs/{queued}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_screen_scrolls_sideways_at_320_pixels(
    browser: Browser, server: Server, complaints: Complaints, scheme: str, tmp_path: Path
) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    page = await watched_page(context, complaints)
    for number, address in enumerate(await visit(page, server)):
        await page.goto(f"{server.url}/{address}")
        await expect(page.locator("main .panel").first).to_be_visible()
        await page.screenshot(path=tmp_path / f"{scheme}-{number}.png", full_page=True)
        assert await overflow_px(page) <= 0, address
    assert complaints.found == []
    await context.close()


async def test_light_and_dark_follow_the_system(page: Page) -> None:
    brightness = """getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
      .reduce((sum, part) => sum + Number(part), 0)"""
    await page.emulate_media(color_scheme="light")
    await page.wait_for_function(f"{brightness} > 600")
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function(f"{brightness} < 150")


async def test_the_first_load_is_light(page: Page, server: Server) -> None:
    sizes: dict[str, int] = {}

    async def weigh(url: str) -> None:
        response = await page.request.get(url)
        sizes[url] = len(gzip.compress(await response.body()))

    await expect(page.locator(".live.is-live")).to_be_visible()
    urls = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    for url in {url for url in urls if "/static/" in url} | {f"{server.url}/"}:
        await weigh(url)
    assert len(sizes) > 20
    assert sum(sizes.values()) <= MAX_FIRST_LOAD_GZIP_BYTES


async def test_every_control_has_a_name_and_every_page_one_main_heading(page: Page, server: Server) -> None:
    for address in await visit(page, server):
        await page.goto(f"{server.url}/{address}")
        await expect(page.locator("main .panel").first).to_be_visible()
        nameless = await page.evaluate(
            """() => [...document.querySelectorAll("button, a[href], input:not([hidden]), select, textarea, [role]")]
              .filter((one) => !(one.innerText?.trim() || one.ariaLabel || one.labels?.length || one.title
                || one.getAttribute("aria-labelledby") || one.role === "status"))
              .map((one) => one.outerHTML)"""
        )
        assert nameless == []
        await expect(page.locator("h1")).to_have_count(1)


async def test_the_policy_refuses_injected_markup_and_these_tests_would_hear_of_it(
    page: Page, complaints: Complaints
) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    outcome = await page.evaluate(
        """async () => {
          const told = new Promise((heard) => document.addEventListener("securitypolicyviolation", heard));
          let outcome = "taken";
          try { document.body.innerHTML = "<b>injected</b>"; } catch (error) { outcome = error.name; }
          await told;
          await window.reportViolation("after it"); // answered only when the report before it has been heard
          return outcome;
        }"""
    )
    assert outcome == "TypeError"
    assert any("CSP: require-trusted-types-for" in text for text in complaints.found)
    complaints.found.clear()
