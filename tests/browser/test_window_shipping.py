"""The window on shipping: a sentence explained while it is typed, a yes to exactly what is shown, labels, history."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.shipping_window import (
    HEADERS,
    ORDERS,
    box,
    get,
    job_id,
    look,
    open_shipping,
    preview_of,
    say,
    sheet,
)
from tests.browser.window import Complaints, Server

pytestmark = pytest.mark.browser


async def test_every_word_is_explained_while_it_is_typed(page: Page, server: Server) -> None:
    await open_shipping(page, server)
    words = page.locator(".gloss li")
    await box(page).press_sequentially("ship all orders to California by ground", delay=5)
    await expect(words.locator("span")).to_have_text(
        ["ship", "all", "orders", "to", "California", "by", "ground"]
    )
    await expect(words.locator("small").last).to_have_text("the service")
    await expect(page.locator(".gloss li:not(.sure)")).to_have_count(0)
    verdict = page.locator(".verdict.understood")
    await expect(verdict).to_contain_text("4 of 20 orders")
    await expect(verdict).to_contain_text("Ship by ground: orders where state is California (CA)")
    await expect(verdict.locator(".status")).to_have_text("Ground")
    await expect(page.get_by_role("button", name="Show the price of 4 labels")).to_be_enabled()


async def test_a_question_is_answered_by_one_click_and_nothing_goes_out_before(
    page: Page, server: Server
) -> None:
    await open_shipping(page, server)
    await say(page, "ship orders to Portland by ground")
    await expect(page.locator(".gloss .ask span")).to_have_text("Portland")
    await expect(page.locator(".gloss .unread span")).to_have_text(["by", "ground"])
    await expect(page.locator(".hand-in small")).to_contain_text("Not every word is understood yet")
    await box(page).press("Enter")
    await expect(page.locator(".toast")).to_contain_text("answer the question first")
    await page.get_by_role("list", name="Answers").get_by_role("button", name=re.compile("Oregon")).click()
    await expect(box(page)).to_have_value("ship orders to the city of Portland, Oregon by ground")
    await expect(page.locator(".verdict.understood")).to_contain_text("1 of 20 orders")
    assert (await get(server, "/api/v1/jobs"))["jobs"] == []


async def test_an_unknown_word_gets_near_offers(page: Page, server: Server) -> None:
    await open_shipping(page, server)
    await say(page, "ship all orders to Californa")
    await expect(page.locator(".gloss .unknown span")).to_have_text("Californa")
    await page.get_by_role("button", name="California", exact=True).click()
    await expect(box(page)).to_have_value("ship all orders to California")
    await expect(page.locator(".verdict.understood")).to_be_visible()


async def test_only_the_last_words_count_however_slow_the_answers_are(page: Page, server: Server) -> None:
    asked: list[str] = []
    first_may_go = asyncio.Event()

    async def slow(route: Any) -> None:
        body = (route.request.post_data_buffer or b"").decode("utf-8", "replace")
        asked.append("Texas" if "Texas" in body else "Ohio" if "Ohio" in body else "nothing")
        if asked[-1] == "Texas":
            await first_may_go.wait()
        await route.continue_()

    await page.route("**/api/v1/commands/explain", slow)
    await open_shipping(page, server)
    async with page.expect_request(lambda request: b"Texas" in (request.post_data_buffer or b"")):
        await say(page, "ship orders to Texas")
    for sentence in ("ship orders to New York", "ship orders to Washington", "ship orders over $1000"):
        await say(page, sentence)
    first_may_go.set()
    await expect(page.locator(".verdict.understood")).to_contain_text("total is over $1,000")
    await expect(page.locator(".gloss li").last.locator("span")).to_have_text("$1000")


async def test_what_was_said_of_the_sentence_before_fades_until_this_one_is_read(
    page: Page, server: Server
) -> None:
    await open_shipping(page, server)
    await say(page, "ship orders to Texas")
    verdict = page.locator(".verdict.understood")
    await expect(verdict).to_have_css("opacity", "1")
    may_go = asyncio.Event()

    async def slow(route: Any) -> None:
        await may_go.wait()
        await route.continue_()

    await page.route("**/api/v1/commands/explain", slow)
    await say(page, "ship orders over $1000")
    await expect(verdict).to_have_css("opacity", "0.5")
    may_go.set()
    await expect(verdict).to_contain_text("total is over $1,000")
    await expect(verdict).to_have_css("opacity", "1")


async def test_examples_are_chips_and_bundled_orders_are_one_click_away(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/#/shipping")
    await page.get_by_role("button", name="Try it with example orders").click()
    await page.get_by_role("button", name="ship everything except orders over 50 pounds").click()
    await expect(page.locator(".verdict.understood")).to_contain_text("18 of 20 orders")
    await page.get_by_role("button", name="Take out orders.csv").click()
    await expect(page.locator(".hand-in small")).to_have_text("Add the orders first.")
    await expect(page.locator(".gloss")).to_have_count(0)


async def test_orders_may_be_dropped_anywhere_on_the_screen(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/#/shipping")
    await expect(box(page)).to_be_visible()
    drag = """([type, text]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }"""
    orders = ORDERS.read_text("utf-8")
    await page.evaluate(drag, ["dragenter", orders])
    await expect(page.locator(".drop-anywhere")).to_be_visible()
    await page.evaluate(drag, ["drop", orders])
    await expect(page.locator(".ship-source")).to_contain_text("dropped.csv")
    await expect(page.get_by_role("heading", name="New command")).to_be_visible()


async def test_a_missing_column_is_flagged_and_chosen_by_hand(
    page: Page, server: Server, tmp_path: Path
) -> None:
    orders = sheet(tmp_path / "odd.csv", 3, HEADERS.replace("name,address1", "Kunde,Weg"))
    await open_shipping(page, server, orders)
    await say(page, "ship everything by ground")
    await expect(page.locator(".ship-columns summary .status")).to_have_text("2 missing")
    await expect(page.locator(".hand-in small")).to_have_text("Say which columns are meant first.")
    await expect(page.locator(".column-list").get_by_label("ZIP*")).to_have_value("postal")
    await expect(page.locator(".column-list li", has_text="ZIP").locator(".column-samples")).to_have_text(
        "97301"
    )
    await page.locator(".column-list").get_by_label("Name*").select_option("Kunde")
    await page.locator(".column-list").get_by_label("Address*").select_option("Weg")
    await expect(page.locator(".ship-columns summary .status")).to_have_text("all 7 found")
    await expect(
        page.locator(".column-list li", has_text="Name").first.locator(".column-samples")
    ).to_contain_text("Person 1")
    await page.get_by_role("button", name="Show the price of 3 labels").click()
    await expect(page.locator(".ship-rows tbody tr")).to_have_count(3)
    assert (await get(server, f"/api/v1/jobs/{job_id(page)}"))["args"]["mapping"] == {
        "name": "Kunde",
        "address1": "Weg",
    }


async def test_what_is_confirmed_is_what_is_shown_without_the_rows_left_out(
    page: Page, server: Server
) -> None:
    await preview_of(page, server, "ship everything")
    preview = await get(server, f"/api/v1/jobs/{job_id(page)}/preview")
    total = f"${preview['total_cost_cents'] / 100:,.2f}"
    await expect(page.get_by_role("button", name=f"Confirm 18 labels ({total})")).to_be_visible()
    await expect(page.locator(".explained")).to_have_text(preview["explanation"])
    await page.get_by_role("button", name=re.compile("Cannot be shipped 2")).click()
    await expect(page.locator(".ship-rows tbody .order")).to_contain_text(["2016", "2017"])
    await expect(page.locator(".remarks .bad").first).to_contain_text("no weight")
    await page.get_by_role("button", name=re.compile("Only with warnings")).click()
    await page.get_by_role("button", name="Leave out all with warnings").click()
    await page.get_by_role("button", name=re.compile("^All 20")).click()
    await page.get_by_label("Find an order, name or place").fill("okafor")
    await expect(page.locator(".ship-rows tbody tr")).to_have_count(1)
    await page.get_by_role("checkbox", name="Ship 2008").uncheck()
    left_out = {row["row_number"] for row in preview["rows"] if row["warnings"] or row["problem"]} | {8}
    kept = [row for row in preview["rows"] if row["row_number"] not in left_out]
    cents = sum(row["estimated_cost_cents"] for row in kept)
    button = page.get_by_role("button", name=f"Confirm {len(kept)} labels (${cents / 100:,.2f})")
    async with page.expect_request("**/confirm") as sent:
        await button.click()
    body = json.loads((await sent.value).post_data or "")
    assert body == {"hash": preview["hash"], "skip_rows": sorted(left_out)}
    await expect(page.locator(".ship-result")).to_be_visible()
    await expect(page.locator(".ship-bought tbody tr")).to_have_count(len(kept))


async def test_a_plan_that_changed_is_not_bought_but_shown_anew(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await preview_of(page, server, "ship orders to Texas by ground")

    async def with_an_old_hash(route: Any) -> None:
        await route.continue_(post_data=json.dumps({"hash": "old"}))

    await page.route("**/confirm", with_an_old_hash)
    async with page.expect_response("**/confirm") as answer:
        await page.get_by_role("button", name=re.compile("^Confirm 3 labels")).click()
    assert (await answer.value).status == 409
    await expect(page.locator(".toast")).to_contain_text("Nothing was bought")
    await expect(page.locator(".confirm-bar")).to_be_visible()
    complaints.forgive("409")
    await page.unroute("**/confirm")
    await page.get_by_role("button", name=re.compile("^Confirm 3 labels")).click()
    await expect(page.locator(".ship-result")).to_be_visible()


async def test_limits_that_are_broken_are_named_in_the_preview(page: Page, server: Server) -> None:
    await open_shipping(page, server)
    await page.get_by_text("Service, sender, limits").click()
    await page.get_by_label("Labels", exact=True).fill("2")
    await page.get_by_label("$ in total").fill("1.50")
    await page.get_by_label("$ in total").press("Tab")
    await say(page, "ship orders to Texas by ground")
    await page.get_by_role("button", name="Ship 3 orders within the limits").click()
    caps = page.locator(".ship-preview .verdict.asked")
    await expect(caps).to_contain_text("3 rows are more than 2.")
    await expect(caps).to_contain_text("more than $1.50")


async def test_a_long_preview_is_paged_and_its_bar_stays_in_sight(
    page: Page, server: Server, tmp_path: Path
) -> None:
    await preview_of(page, server, "ship everything by ground", sheet(tmp_path / "many.csv", 1_250))
    await expect(page.locator(".ship-pager span")).to_have_text("1–100 of 1,250")
    await expect(page.locator(".ship-rows tbody tr")).to_have_count(100)
    await page.get_by_role("checkbox", name="Ship 100", exact=True).scroll_into_view_if_needed()
    await expect(page.locator(".confirm-bar")).to_be_in_viewport()
    await page.get_by_role("button", name="Next").click()
    await expect(page.locator(".ship-pager span")).to_have_text("101–200 of 1,250")
    await page.get_by_role("checkbox", name="Ship all rows of this page").uncheck()
    await expect(page.get_by_role("button", name=re.compile("^Confirm 1,150 labels"))).to_be_visible()
    await page.get_by_role("button", name="Before").click()
    await expect(page.get_by_role("checkbox", name="Ship 1", exact=True)).to_be_checked()
    await page.get_by_role("button", name="take all").click()
    await expect(page.get_by_role("button", name=re.compile("^Confirm 1,250 labels"))).to_be_visible()


async def test_an_old_command_is_found_and_used_again_with_its_sheet(page: Page, server: Server) -> None:
    await preview_of(page, server, "ship orders to Texas by ground")
    await preview_of(page, server, "ship orders over $1000")
    await page.goto(f"{server.url}/#/shipping")
    past = page.locator(".past-command")
    await expect(past).to_have_count(2)
    await expect(past.first).to_contain_text("ship orders over $1000")
    await expect(past.last).to_contain_text(re.compile(r"orders\.csv · 3 rows · \$\d+\.\d\d · waits for you"))
    await page.get_by_label("Find a command").fill("texas")
    await expect(past).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"\?q=texas$"))
    await page.get_by_role("button", name="Use again: ship orders to Texas by ground").click()
    await expect(box(page)).to_have_value("ship orders to Texas by ground")
    await expect(box(page)).to_be_focused()
    await expect(page.locator(".ship-source")).to_contain_text("from an earlier command")
    await expect(page.locator(".verdict.understood")).to_contain_text("3 of 20 orders")
    await page.get_by_role("button", name="Show the price of 3 labels").click()
    await expect(page.locator(".confirm-bar")).to_be_visible()
    await page.goto(f"{server.url}/#/shipping")
    await page.get_by_label("Or a sheet from before").select_option(index=1)
    await expect(page.locator(".ship-source")).to_contain_text("orders.csv")


async def test_the_keyboard_alone_ships(page: Page, server: Server) -> None:
    await open_shipping(page, server)
    await box(page).focus()
    await page.keyboard.type("ship orders to Texas by ground")
    await expect(page.locator(".verdict.understood")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".confirm-bar")).to_be_visible()
    confirm = page.get_by_role("button", name=re.compile("^Confirm 3 labels"))
    await page.get_by_role("checkbox", name="Ship 2003").focus()
    for _ in range(12):
        if await confirm.evaluate("one => one === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await expect(confirm).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".ship-result")).to_be_visible()


async def test_the_form_on_the_line_is_the_same(page: Page, server: Server) -> None:
    await page.goto(server.url)
    await page.get_by_label("What to do").select_option("shipping")
    await page.locator(".submit input[type=file]").set_input_files(ORDERS)
    await say(page, "ship orders to Texas by ground")
    await expect(page.locator(".verdict.understood")).to_contain_text("3 of 20 orders")
    await page.get_by_role("button", name="Show the price of 3 labels").click()
    await expect(page.locator(".confirm-bar")).to_be_visible()


async def test_the_form_and_its_history_are_for_everybody(page: Page, server: Server) -> None:
    await preview_of(page, server, "ship orders to Texas by ground")
    await open_shipping(page, server)
    await say(page, "ship orders to Portland by ground")
    await expect(page.locator(".verdict.asked")).to_be_visible()
    await page.locator(".ship-columns summary").click()
    await page.get_by_text("Service, sender, limits").click()
    await look(page)


async def test_the_preview_is_for_everybody(page: Page, server: Server) -> None:
    await preview_of(page, server, "ship everything")
    await expect(page.locator(".toast")).to_have_count(0)
    await look(page)


async def test_shipping_speaks_german(page: Page, server: Server) -> None:
    await page.evaluate("localStorage.setItem('nowserving/language', JSON.stringify('de'))")
    await page.goto(f"{server.url}/#/shipping")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Versand")
    await page.locator(".new-command input[type=file]").set_input_files(ORDERS)
    await page.get_by_label("Welche Bestellungen, und wie?").fill("ship orders to Texas by ground")
    await expect(page.locator(".gloss small").first).to_have_text("was zu tun ist")
    await expect(page.locator(".verdict.understood")).to_contain_text("3 von 20 Bestellungen")
    await page.get_by_role("button", name="Preis für 3 Etiketten zeigen").click()
    confirm = page.get_by_role("button", name=re.compile(r"^3 Etiketten bestätigen \(\d+,\d\d\s\$\)"))
    await expect(confirm).to_be_visible()


def test_both_languages_say_the_same_things() -> None:
    folder = Path(__file__).resolve().parents[2] / "static" / "messages"
    english, german = (
        json.loads((folder / tongue / "shipping.json").read_text("utf-8")) for tongue in ("en", "de")
    )
    assert list(english) == list(german)
    for key, message in english.items():
        assert places(message) == places(german[key]), key


def places(message: str | dict[str, str]) -> set[str]:
    text = message if isinstance(message, str) else message["other"]
    return set(re.findall(r"{(\w+)}", text))
