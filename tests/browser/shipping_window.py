"""What the tests of the window on shipping share: orders, a sentence said, a preview reached, labels bought."""

import re
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.window import EXAMPLES, Server, overflow_px

ORDERS = EXAMPLES / "shipping" / "orders.csv"
HEADERS = "order_id,name,address1,city,state,postal,country,weight_lb,total"
"""Explaining a sentence starts a process, which takes its time on a machine that is busy."""


def sheet(path: Path, rows: int, headers: str = HEADERS) -> Path:
    """Write a sheet of orders that can all be shipped."""
    lines = [
        f"{n},Person {n},{n} Mill Lane,Salem,OR,97301,US,{1 + n % 9},{10 + n}" for n in range(1, rows + 1)
    ]
    path.write_text("\n".join([headers, *lines]) + "\n", encoding="utf-8")
    return path


async def open_shipping(page: Page, server: Server, orders: Path = ORDERS) -> None:
    await page.goto(f"{server.url}/#/shipping")
    await page.locator(".new-command input[type=file]").set_input_files(orders)
    await expect(page.locator(".ship-source")).to_contain_text(orders.name)


def box(page: Page) -> Locator:
    return page.get_by_label("Which orders, and how?")


async def say(page: Page, sentence: str) -> None:
    await box(page).fill(sentence)


async def preview_of(page: Page, server: Server, sentence: str, orders: Path = ORDERS) -> None:
    await open_shipping(page, server, orders)
    await say(page, sentence)
    await page.get_by_role("button", name=re.compile("Show the price of")).click()
    await expect(page.locator(".confirm-bar")).to_be_visible()
    await expect(page.locator(".ship-rows tbody tr").first).to_be_visible()


async def bought(page: Page, server: Server, sentence: str, orders: Path = ORDERS) -> None:
    await preview_of(page, server, sentence, orders)
    await page.get_by_role("button", name=re.compile("^Confirm")).click()
    await expect(page.locator(".ship-result")).to_be_visible()


async def get(server: Server, path: str) -> Any:
    async with aiohttp.ClientSession(server.url) as client, client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json() if answer.content_type == "application/json" else await answer.read()


def job_id(page: Page) -> str:
    return page.url.partition("#/jobs/")[2].partition("?")[0]


async def look(page: Page) -> None:
    """Assert that a screen is for everybody in light and dark, and fits 320 px."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # its stub wants the literal
        await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 900})
    assert await overflow_px(page) == 0
    await check_axe(page)
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.emulate_media(color_scheme="light")
