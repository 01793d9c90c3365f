"""Every screen can be used by everybody: axe-core finds nothing, in light and dark."""

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import check_axe

pytestmark = pytest.mark.browser


async def test_the_checker_hears_of_a_control_without_a_name(page: Page) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match=r"button-name \(critical\)"):
        await check_axe(page)
    await check_axe(page, exclude=["main > button"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_free_desk_has_nothing_against_it(page: Page, scheme: Literal["light", "dark"]) -> None:
    await page.emulate_media(color_scheme=scheme)
    await expect(page.locator(".nobody")).to_be_visible()
    await check_axe(page)
