"""Every screen can be used by everybody: axe-core finds nothing, in light and dark, and every screen fits a phone."""

from typing import Literal

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser.axe import check_axe
from tests.browser.every_screen import fill_desk, open_screen
from tests.browser.window import Complaints, Server, overflow_px, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


async def test_the_checker_hears_of_a_control_without_a_name(page: Page) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match=r"button-name \(critical\)"):
        await check_axe(page)
    await check_axe(page, exclude=["main > button"])


async def test_every_screen_has_nothing_against_it_in_light_and_dark(
    page: Page, server: Server, complaints: Complaints
) -> None:
    wrong = []
    for address in await fill_desk(page, server):
        await open_screen(page, server, address)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            try:
                await check_axe(page)
            except AssertionError as error:
                wrong.append(f"{scheme} {error}")
    assert not wrong, "\n\n".join(wrong)
    complaints.forgive("404")  # one of the addresses names a job that is not there


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_dialogs_have_nothing_against_them(page: Page, scheme: Scheme) -> None:
    await page.emulate_media(color_scheme=scheme)
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.keyboard.press("Control+k")
    await expect(page.locator(".palette [role=option]").first).to_be_visible()
    await check_axe(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("dialog.help")).to_be_visible()
    await check_axe(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Language, theme, keys").click()
    await expect(page.get_by_label("Language", exact=True)).to_be_visible()
    await check_axe(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Pause the line").click()
    await expect(page.get_by_label("Reason")).to_be_visible()
    await check_axe(page)


@pytest.mark.parametrize(("language", "scheme"), [("en-GB", "light"), ("de-DE", "dark")])
async def test_every_screen_fits_320_pixels(
    browser: Browser, server: Server, complaints: Complaints, language: str, scheme: Scheme
) -> None:
    size: ViewportSize = {"width": 320, "height": 640}
    context = await browser.new_context(viewport=size, locale=language, color_scheme=scheme)
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    wide = []
    for address in await fill_desk(page, server):
        await open_screen(page, server, address)
        if (by := await overflow_px(page)) > 0:
            wide.append(f"{address}: {by}")
    assert wide == []
    complaints.forgive("404")
    assert complaints.found == []
    await context.close()


async def test_on_a_phone_the_screens_are_behind_one_button(
    browser: Browser, server: Server, complaints: Complaints
) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    menu = page.locator("nav.menu")
    await expect(page.get_by_role("button", name="Screens")).to_be_visible()
    await expect(menu).to_be_hidden()
    await page.get_by_role("button", name="Screens").press("Enter")
    await expect(menu.get_by_role("link", name="Line", exact=True)).to_be_visible()
    await check_axe(page)
    await menu.get_by_role("link", name="History").click()
    await expect(page).to_have_url(f"{server.url}/#/history")
    await expect(menu).to_be_hidden()
    assert complaints.found == []
    await context.close()


async def test_with_forced_colours_what_is_chosen_still_stands_out(page: Page, server: Server) -> None:
    await page.emulate_media(forced_colors="active")
    await page.get_by_role("button", name="Language, theme, keys").click()
    background = "(one) => getComputedStyle(one).backgroundColor"
    chosen = page.locator(".segment[aria-pressed=true]")
    other = page.locator(".segment[aria-pressed=false]").first
    assert await chosen.evaluate(background) != await other.evaluate(background)
    here = page.locator("nav [aria-current=page]")
    away = page.locator("nav a:not([aria-current])").first
    assert await here.evaluate(background) != await away.evaluate(background)


async def test_who_wants_less_motion_gets_none(page: Page, server: Server) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await server.submit("demo", args={"items": 200, "seconds": 0.2})
    await expect(page.locator(".running")).to_be_visible()
    longest = await page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("*")].flatMap((one) => {
          const { transitionDuration, animationDuration } = getComputedStyle(one);
          return `${transitionDuration}, ${animationDuration}`.split(", ").map(parseFloat); }))"""
    )
    assert longest <= 0.001
