"""The window on the library: it is asked, read and cleared out."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.documents import LIGHTHOUSE, put_in
from tests.browser.window import (
    Complaints,
    Server,
    overflow_px,
    watched_page,
)

pytestmark = pytest.mark.browser


@pytest.fixture
async def library(page: Page, server: Server) -> Callable[[str], Awaitable[Page]]:
    """A library with the examples in it; returns what opens an address of it."""
    await put_in(server, LIGHTHOUSE, tags=["lighthouse"])

    async def opened(query: str = "") -> Page:
        await page.goto(f"{server.url}/#/library{query}")
        await expect(page.get_by_role("searchbox", name="Ask the library")).to_be_visible()
        return page

    return opened


def hits(page: Page) -> Locator:
    """The hits of a search."""
    return page.locator(".found .hit")


async def test_an_empty_library_offers_examples_and_fills_before_ones_eyes(
    page: Page, server: Server
) -> None:
    await page.goto(f"{server.url}/#/library")
    await expect(page.get_by_role("heading", name="Nothing to ask yet")).to_be_visible()
    await page.get_by_role("button", name="Try it with 4 examples").click()
    await expect(page.locator(".documents tbody tr")).to_have_count(4)
    await expect(page.locator(".library-head")).to_contain_text("4 documents")
    await expect(page.locator(".on-the-way")).to_have_count(0)


async def test_search_answers_while_one_types_and_the_address_tells_the_question(library: Any) -> None:
    page = await library()
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.post_data or "") if "/search" in request.url else None
    )
    await page.get_by_role("searchbox", name="Ask the library").press_sequentially(
        "why do birds hit the glass", delay=15
    )
    await expect(hits(page).first).to_contain_text("Field notes from Skerry Island")
    await expect(page.locator(".found mark").first).to_have_text(re.compile("birds|glass", re.IGNORECASE))
    await expect(page).to_have_url(re.compile(r"#/library\?q=why\+do\+birds\+hit\+the\+glass$"))
    assert 0 < len(asked) < 20, asked  # not one for each letter
    assert json.loads(asked[-1])["query"] == "why do birds hit the glass"
    scores = hits(page).first.locator(".score")
    await expect(scores.locator("dt")).to_have_text(["Words", "Meaning", "Together"])
    await expect(scores.locator(".score-number").first).to_have_text(re.compile(r"^\d"))


async def test_the_last_question_wins_when_an_earlier_answer_is_late(library: Any) -> None:
    page = await library()
    held: list[Any] = []

    async def late(route: Any) -> None:
        if "lamp" in (route.request.post_data or ""):
            held.append(route)  # never answered before the next question was
        else:
            await route.continue_()

    await page.route("**/retrieval/search", late)
    field = page.get_by_role("searchbox", name="Ask the library")
    async with page.expect_request("**/retrieval/search"):
        await field.fill("lamp")
    await field.fill("generator")
    await expect(page.locator(".found mark").first).to_have_text(re.compile("generator", re.IGNORECASE))
    assert len(held) == 1
    await expect(page.locator(".found")).to_have_attribute("aria-busy", "false")


async def test_the_way_of_searching_and_the_filters_are_chosen_and_kept_in_the_address(library: Any) -> None:
    page = await library("?q=birds")
    await page.get_by_role("button", name="Words", exact=True).click()
    await expect(page).to_have_url(re.compile("mode=bm25"))
    await expect(hits(page).first.locator("dt")).to_have_text(["Words"])
    await page.get_by_role("button", name="Meaning", exact=True).click()
    await expect(hits(page).first.locator("dt")).to_have_text(["Meaning"])
    await page.get_by_label("Format", exact=True).select_option("docx")
    await expect(hits(page)).to_have_count(1)
    await expect(hits(page).locator(".format")).to_have_text("Word")
    await page.get_by_label("Tag", exact=True).select_option("lighthouse")
    await page.reload()
    await expect(hits(page)).to_have_count(1)
    await expect(page.get_by_label("Format", exact=True)).to_have_value("docx")
    await page.locator(".days summary").click()
    await page.get_by_label("To", exact=True).fill("2001-01-01")
    await expect(page.locator(".nothing")).to_contain_text("Nothing found for “birds”")
    await page.get_by_role("button", name="No filters").click()
    await expect(hits(page)).to_have_count(4)


async def test_a_hit_opens_its_document_at_its_place_by_keyboard_alone(
    page: Page, server: Server, letters: Path
) -> None:
    await put_in(server, [letters])
    await page.goto(f"{server.url}/#/library")
    field = page.get_by_role("searchbox", name="Ask the library")
    await field.focus()
    await page.keyboard.type("painted zebra")
    await expect(hits(page).first.locator("mark").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(hits(page).first.locator(".hit-link")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(field).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"document=[^&]+&chunk=\d+"))
    reader = page.locator(".reader")
    await expect(reader).to_be_focused()
    await expect(reader.locator(".passage mark").first).to_be_in_viewport()
    assert await reader.locator(".passage mark").first.inner_text() in {"zebra", "painted"}
    await expect(reader.locator(".read-heading", has_text="The last letter")).to_be_attached()
    before = await reader.locator(".read-chunk").count()
    await reader.get_by_role("button", name="What comes before").click()
    await expect(reader.locator(".read-chunk").nth(before)).to_be_attached()
    numbers = await reader.locator(".read-chunk").evaluate_all(
        "all => all.map((one) => Number(one.dataset.chunk))"
    )
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    await page.reload()
    await expect(reader.locator(".passage mark").first).to_be_in_viewport()
    await reader.focus()
    await page.keyboard.press("Escape")
    await expect(reader).to_have_count(0)
    await expect(page).not_to_have_url(re.compile("document="))


async def test_a_document_is_read_to_its_end_and_its_original_is_there(
    page: Page, server: Server, letters: Path
) -> None:
    await put_in(server, [letters])
    await page.goto(f"{server.url}/#/library")
    await page.locator(".documents tbody a", has_text="Letters").click()
    reader = page.locator(".reader")
    last = reader.locator(".read-text", has_text="The zebra was painted at midnight.")
    while not await last.count():
        shown = await reader.locator(".read-chunk").count()
        await reader.locator(".reader-body").evaluate("(body) => body.scrollTo(0, body.scrollHeight)")
        await expect(reader.locator(".read-chunk").nth(shown)).to_be_attached()
    await expect(reader.get_by_role("button", name="Read on")).to_have_count(0)
    async with page.expect_download() as download:
        await reader.get_by_role("link", name="Original file").click()
    saved = await (await download.value).path()
    assert await asyncio.to_thread(Path(saved).read_bytes) == await asyncio.to_thread(letters.read_bytes)


async def test_documents_are_sorted_and_removed_with_a_way_back(library: Any, server: Server) -> None:
    page = await library()
    titles = page.locator(".documents tbody th > a")
    await expect(titles).to_have_count(4)
    await page.get_by_role("button", name="Title").click()
    await expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Title")
    ordered = await titles.all_inner_texts()
    assert ordered == sorted(ordered, key=str.casefold)
    await page.get_by_role("button", name="Remove Field notes from Skerry Island").click()
    await expect(titles).to_have_count(3)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(titles).to_have_count(4)
    await page.clock.install()
    await page.get_by_role("button", name="Remove Field notes from Skerry Island").click()
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as removed:
        await page.clock.fast_forward(7_000)
    assert (await removed.value).status == 204
    await expect(page.locator(".library-head")).to_contain_text("3 documents")
    await expect(titles).to_have_count(3)


async def test_names_are_seen_as_a_picture_and_as_a_table_and_lead_to_where_they_stand(library: Any) -> None:
    page = await library("?view=names")
    await expect(page.locator(".graph .node").first).to_be_visible()
    in_table = page.locator(".names tbody a")
    drawn = await page.locator(".graph .node text").all_text_contents()
    assert set(drawn) <= set(await in_table.all_inner_texts())
    await page.locator(".graph .node", has=page.locator("title", has_text="Ada Moray")).click()
    await expect(page).to_have_url(re.compile("entity=Ada"))
    entity = page.locator(".entity")
    await expect(entity.get_by_role("heading", name="Ada Moray")).to_be_visible()
    await expect(entity.locator(".neighbour").first).to_be_visible()
    await expect(entity.locator(".hit").first).to_contain_text("Ada")
    neighbour = await entity.locator(".neighbour").first.inner_text()
    await in_table.filter(has_text=neighbour).first.focus()
    await page.keyboard.press("Enter")
    await expect(entity.get_by_role("heading", name=neighbour)).to_be_visible()
    await entity.locator(".quote").first.click()
    await expect(page.locator(".reader .is-wanted")).to_be_visible()


@pytest.fixture
def _no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "nowserving.toml"
    settings.write_text('[kind_settings.ingestion]\nembedding = "none"\n', "utf-8")
    monkeypatch.setenv("NOWSERVING_CONFIG", str(settings))


@pytest.mark.usefixtures("_no_model")
async def test_without_a_model_the_window_says_that_words_alone_count(server: Server, page: Page) -> None:
    await put_in(server, [LIGHTHOUSE[0]])
    await page.goto(f"{server.url}/#/library?q=birds")
    await page.reload()
    await expect(page.locator(".notice")).to_contain_text("by their words alone (BM25)")
    await expect(hits(page).first.locator("dt")).to_have_text(["Words"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_is_accessible_and_fits_a_small_screen(
    browser: Browser, server: Server, complaints: Complaints, scheme: Literal["light", "dark"]
) -> None:
    job_id = await put_in(server, LIGHTHOUSE, tags=["lighthouse"])
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = await watched_page(context, complaints)
    for address, ready in (
        ("#/library", ".documents tbody tr"),
        ("#/library?q=birds", ".found .hit"),
        ("#/library?view=names&entity=Ada+Moray", ".entity .hit"),
        (f"#/jobs/{job_id}", ".kept tbody tr"),
    ):
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.goto(f"{server.url}/{address}")
        await expect(page.locator(ready).first).to_be_visible()
        if "view=names" in address:
            await expect(page.locator(".graph .node").first).to_be_visible()
        await check_axe(page)
        await expect(page.locator("h1")).to_have_count(1)
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await overflow_px(page) <= 0, address
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.goto(f"{server.url}/#/library?q=birds")
    await page.locator(".hit-link").first.click()
    await expect(page.locator(".reader .passage").first).to_be_visible()
    await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    await expect(page.locator(".library-list")).to_be_hidden()
    assert await overflow_px(page) <= 0
    assert complaints.found == []
    await context.close()


async def test_the_library_stays_readable_while_the_server_is_away_and_catches_up(
    library: Any, server: Server, complaints: Complaints, tmp_path: Path
) -> None:
    page = await library()
    await expect(page.locator(".documents tbody tr")).to_have_count(4)
    complaints.expects_network_errors = True
    await server.kill()
    await expect(page.locator(".banner")).to_be_visible()
    await expect(page.locator(".documents tbody tr")).to_have_count(4)
    await server.start()
    await expect(page.locator(".banner")).to_have_count(0)
    more = tmp_path / "otters.md"
    more.write_text("# Otters\n\nThey swim.", "utf-8")
    await put_in(server, [more])
    await expect(page.locator(".documents tbody tr")).to_have_count(5)


async def test_the_library_speaks_german(browser: Browser, server: Server, complaints: Complaints) -> None:
    await put_in(server, LIGHTHOUSE[:1])
    context = await browser.new_context(locale="de-DE")
    page = await watched_page(context, complaints)
    await page.goto(f"{server.url}/#/library?q=birds")
    await expect(page.get_by_role("searchbox", name="Die Bibliothek fragen")).to_be_visible()
    await expect(page.locator(".found h2")).to_contain_text("1 Treffer")
    assert complaints.found == []
    await context.close()


def test_both_languages_have_the_same_messages_with_the_same_places() -> None:
    here = Path(__file__).resolve().parents[2] / "static" / "messages"
    english, german = (
        json.loads((here / name / "ingestion.json").read_text("utf-8")) for name in ("en", "de")
    )
    assert english.keys() == german.keys()
    for key, message in english.items():
        said, other = (json.dumps(each) for each in (message, german[key]))
        assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", other)), key
        assert isinstance(message, str) == isinstance(german[key], str), key
