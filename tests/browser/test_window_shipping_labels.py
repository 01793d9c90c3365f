"""The window on what was bought: rows as they come, rows to decide, labels to look at, to print and to take away."""

import re
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.shipping_window import bought, get, job_id, look, preview_of, sheet
from tests.browser.window import Complaints, Server

pytestmark = pytest.mark.browser


async def test_rows_appear_while_they_are_bought_and_money_is_counted(
    page: Page, server: Server, tmp_path: Path
) -> None:
    await preview_of(page, server, "ship everything by ground", sheet(tmp_path / "many.csv", 300))
    await page.get_by_role("button", name=re.compile("^Confirm 300")).click()
    await expect(page.locator(".ship-bought tbody tr").first).to_contain_text("SBX")
    await expect(page.locator(".ship-result")).to_be_visible()
    job = await get(server, f"/api/v1/jobs/{job_id(page)}")
    money = f"${job['output']['total_cost_cents'] / 100:,.2f}"
    await expect(page.locator(".ship-counts dd")).to_have_text(["300 of 300", money])
    await page.get_by_role("button", name="Show 200 more").click()
    await expect(page.locator(".ship-bought tbody tr")).to_have_count(300)


async def test_a_row_of_which_nobody_knows_is_looked_up(page: Page, server: Server) -> None:
    await bought(page, server, "ship orders to Florida by ground")
    review = page.locator(".ship-review")
    await expect(review).to_contain_text("1 row needs your decision")
    await expect(review).to_contain_text("If it was bought after all, you would pay twice.")
    await review.get_by_role("button", name="Look it up").click()
    await expect(page.locator(".toast", has_text="was bought")).to_be_visible()
    await expect(review).to_have_count(0)
    await expect(page.locator(".ship-bought tbody tr", has_text="2019")).to_contain_text("SBX")
    await expect(page.locator(".ship-result h2")).to_contain_text("1 label")


async def test_a_person_says_that_a_row_was_bought_or_that_it_was_not(page: Page, server: Server) -> None:
    await bought(page, server, "ship orders to Florida by ground")
    await page.get_by_role("button", name="It was bought").click()
    await page.get_by_label("Tracking number").fill("1Z999AA10123456784")
    await page.get_by_label(re.compile("What it cost")).fill("7.25")
    await page.locator(".bought-form").get_by_role("button", name="It was bought").click()
    row = page.locator(".ship-bought tbody tr", has_text="2019")
    await expect(row).to_contain_text("1Z999AA10123456784")
    await expect(row).to_contain_text("$7.25")
    await expect(page.locator(".ship-review")).to_have_count(0)

    await bought(page, server, "ship orders to Florida by express")
    await page.get_by_role("button", name="It was not bought").click()
    await expect(page.locator(".ship-counts")).to_contain_text("0 of 2")
    items = (await get(server, f"/api/v1/jobs/{job_id(page)}/items"))["items"]
    assert [item["status"] for item in items] == ["failed", "failed"]


async def test_a_label_is_shown_large_and_has_an_address(page: Page, server: Server) -> None:
    await bought(page, server, "ship orders to Texas by ground")
    numbers = await page.locator(".ship-bought .tracking code").all_inner_texts()
    await page.locator(".tracking").first.click()
    picture = page.locator(".label-picture")
    await expect(picture).to_have_attribute("alt", f"Shipping label {numbers[0]} Wendy Liu")
    await expect(picture).to_have_js_property("naturalWidth", 812)
    await expect(page.locator(".label-side .label-step")).to_contain_text("1 of 3")
    await page.get_by_role("button", name="Next label").click()
    await expect(page.locator(".label-viewer h2")).to_contain_text(numbers[1])
    await expect(page).to_have_url(re.compile(rf"\?label={numbers[1]}$"))
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download PDF").click()
    assert (await download.value).suggested_filename == f"{numbers[1]}.pdf"
    await page.reload()
    await expect(page.locator(".label-viewer h2")).to_contain_text(numbers[1])
    await page.keyboard.press("Escape")
    await expect(page.locator(".label-viewer")).to_be_hidden()
    await expect(page).not_to_have_url(re.compile("label="))
    await page.goto(f"{server.url}/#/shipping")
    await page.get_by_label("Find a label by its tracking number").fill(numbers[2])
    await page.get_by_role("button", name="Find", exact=True).click()
    await expect(page.locator(".label-picture")).to_have_js_property("naturalWidth", 812)


async def test_a_label_on_paper_is_the_label_alone_and_its_bars_can_be_read(
    page: Page, server: Server
) -> None:
    await bought(page, server, "ship orders to Texas by ground")
    number = await page.locator(".ship-bought .tracking code").first.inner_text()
    await page.locator(".tracking").first.click()
    await expect(page.locator(".label-picture")).to_have_js_property("naturalWidth", 812)
    paper = pypdfium2.PdfDocument(await page.pdf(prefer_css_page_size=True))
    sizes = [paper.get_page_size(n) for n in range(len(paper))]
    picture: Image.Image = paper[0].render(scale=203 / 72).to_pil()
    paper.close()
    assert [(round(width), round(height)) for width, height in sizes] == [(288, 432)]
    assert number in {found.text for found in zxingcpp.read_barcodes(picture)}


async def test_all_labels_and_the_tracked_sheet_are_taken_away(page: Page, server: Server) -> None:
    await bought(page, server, "ship orders to Texas by ground")
    for name, ending in (
        ("All labels as one PDF", ".pdf"),
        ("Labels as ZIP", ".zip"),
        ("Orders with tracking numbers", "orders-tracked.csv"),
    ):
        async with page.expect_download() as download:
            await page.get_by_role("link", name=name).click()
        assert (await download.value).suggested_filename.endswith(ending)


async def test_an_unknown_tracking_number_is_said_to_be_unknown(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await page.goto(f"{server.url}/#/shipping?label=SBX00000000000000")
    await expect(page.locator(".label-viewer")).to_contain_text("There is no label with this number.")
    complaints.forgive("404")


async def test_rows_decisions_and_labels_are_for_everybody(page: Page, server: Server) -> None:
    await bought(page, server, "ship orders to Texas and Florida")
    await expect(page.locator(".ship-review")).to_be_visible()
    await expect(page.locator(".toast")).to_have_count(0)
    await look(page)
    await page.locator(".tracking").first.click()
    await expect(page.locator(".label-picture")).to_have_js_property("naturalWidth", 812)
    await look(page)
