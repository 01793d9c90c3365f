"""Statistics: charts in the page's colours, each with its numbers in a table, by period and kind."""

import re
import sqlite3
import time
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.window import Server, overflow_px

pytestmark = pytest.mark.browser

DAY = 86_400


async def with_runs(page: Page, server: Server) -> None:
    """Give the desk two days of runs: quick books, slow sheets, and failures of three causes."""
    await page.goto("about:blank")
    await server.stop()
    now = time.time()
    rows = [("epub", "completed", None, 100, 1.0, 2.0, now - day * DAY) for day in (0, 1) for _ in range(4)]
    rows += [("heatsheets", "completed", None, 100, 10.0, 90.0, now - 1 - DAY) for _ in range(2)]
    rows += [("epub", "failed", code, 100, 0.0, 1.0, now) for code in ("epub_encrypted", "not_an_epub")]
    rows += [("heatsheets", "failed", "needs_ocr", 100, 0.0, 1.0, now - 1) for _ in range(3)]
    rows += [("epub", "completed", None, 100, 1.0, 700.0, now - 200 * DAY)]
    with sqlite3.connect(server.data_dir / "nowserving.db") as connection:
        connection.executemany(
            "INSERT INTO runs (kind, status, error_code, input_bytes, waited_seconds, ran_seconds, finished_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    connection.close()
    await server.start()
    await page.goto(f"{server.url}/#/stats")
    await expect(page.locator(".figures")).to_contain_text("Jobs ended")


PAINTED = """(chart) => {
  const canvas = document.querySelector(`section[aria-label='${chart}'] canvas`);
  if (!canvas) return [];
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] !== 255) continue;
    const colour = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 20).map(([colour]) => colour);
}"""


async def test_each_picture_has_its_numbers_in_a_table(page: Page, server: Server) -> None:
    await with_runs(page, server)
    figures = page.locator(".figures .panel")
    await expect(figures.first).to_contain_text("15")
    await expect(figures.nth(1)).to_contain_text("33.3 %")
    throughput = page.locator("section[aria-label='Throughput']")
    await expect(throughput.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("15 jobs ended, 5 failed")
    )
    await throughput.get_by_text("As a table").click()
    await expect(throughput.locator("tbody tr").first.locator("td")).to_have_text(["4", "5", "0"])
    await expect(throughput.locator("tbody tr").nth(1).locator("td")).to_have_text(["6", "0", "0"])
    running = page.locator("section[aria-label='Running']")
    await running.get_by_text("As a table").click()
    await expect(running.locator("tbody tr").nth(1).locator("td")).to_have_text(["2.0 s", "1 min 30 s"])
    causes = page.locator(".cause-table tbody tr")
    await expect(causes.first).to_contain_text("needs_ocr")
    await expect(causes.first.locator("td")).to_have_text(["3", "60 %"])
    kinds = page.locator(".kind-table tbody tr")
    await expect(kinds.first.locator("td").first).to_have_text("8")


async def test_period_and_kind_are_in_the_address(page: Page, server: Server) -> None:
    await with_runs(page, server)
    await page.get_by_role("link", name="365 days").click()
    await expect(page.locator(".figures .panel").first).to_contain_text("16")
    await page.get_by_label("Kind", exact=True).select_option("heatsheets")
    await expect(page).to_have_url(re.compile(r"#/stats\?days=365&kind=heatsheets$"))
    await expect(page.locator(".figures .panel").first).to_contain_text("5")
    await expect(page.locator(".figures .panel").nth(3)).to_contain_text("1 min 30 s")
    await page.go_back()
    await expect(page.get_by_label("Kind", exact=True)).to_have_value("")
    await page.goto(f"{server.url}/#/stats?days=9999&kind=nonsense")
    await expect(page.get_by_role("heading", name="Nothing ended in this time")).to_be_visible()


async def test_the_charts_are_painted_in_the_colours_of_the_theme(page: Page, server: Server) -> None:
    await with_runs(page, server)
    colours: list[set[str]] = []
    schemes: tuple[tuple[Literal["light", "dark"], str], ...] = (
        ("light", "rgb(15, 122, 90)"),
        ("dark", "rgb(91, 211, 164)"),
    )
    for scheme, series in schemes:
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_function(f"(series) => ({PAINTED})('Throughput').includes(series)", arg=series)
        colours.append(set(await page.evaluate(PAINTED, "Throughput")))
    light, dark = colours
    assert light.isdisjoint(dark)


async def test_the_day_that_is_pointed_at_is_told_in_every_chart(page: Page, server: Server) -> None:
    await with_runs(page, server)
    await page.goto(f"{server.url}/#/stats?days=7")
    await page.reload()
    chart = page.locator("section[aria-label='Throughput'] .u-over")
    await expect(chart).to_be_visible()  # it has no width before it is drawn
    width = await chart.evaluate("(over) => over.clientWidth")
    await chart.hover(position={"x": width * 0.95, "y": 40})
    legend = page.locator("section[aria-label='Throughput'] .legend")
    await expect(legend).to_contain_text("Done4")
    await expect(page.locator("section[aria-label='Waiting'] .legend")).to_contain_text("Usual (p50)1.0 s")


async def test_a_desk_without_a_past_says_what_to_do(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/#/stats")
    await page.get_by_role("link", name="Hand something in").click()
    await expect(page.get_by_role("heading", name="Take a number")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it_also_at_320_pixels(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await with_runs(page, server)
    await expect(page.locator(".chart canvas")).to_have_count(4)
    await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    for table in await page.get_by_text("As a table").all():
        await table.click()
    await check_axe(page)
    assert await overflow_px(page) <= 0
