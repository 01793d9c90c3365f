"""The window on documents: a folder goes in, the pipeline is watched, the library is asked, read and cleared out."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.window import (
    EXAMPLES,
    MODULES_ORIGIN,
    Complaints,
    Server,
    overflow_px,
    serve_modules,
    watched_page,
)

pytestmark = pytest.mark.browser

WORK_MS = 60_000
LIGHTHOUSE = sorted(path for path in (EXAMPLES / "ingestion").iterdir() if path.name != "README.md")
LONG_LETTERS = "\n\n".join(
    f"## Letter {n}\n\n" + "\n\n".join(["Ada wrote to Charles from Turin about the engine. " * 12] * 8)
    for n in range(60)
)


async def put_in(server: Server, files: list[Path], **args: Any) -> str:
    """Put documents into the library as another client would, and wait until they are there."""
    job_id = await server.submit("ingestion", files=files, args=args)
    async with (
        aiohttp.ClientSession(server.url) as client,
        client.get(f"/api/v1/jobs/{job_id}/events", timeout=aiohttp.ClientTimeout(60)) as stream,
    ):
        async for line in stream.content:
            if line.startswith((b"event: completed", b"event: failed")):
                return job_id
    raise AssertionError("the stream ended before the job")


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Letters of two hundred pages, in one document: its chunks are many and its names are few."""
    path = tmp_path / "letters.md"
    path.write_text(
        f"# Letters\n\n{LONG_LETTERS}\n\n## The last letter\n\nThe zebra was painted at midnight.\n", "utf-8"
    )
    return path


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


async def test_a_folder_goes_in_as_one_job_and_what_is_no_document_is_left_out(
    page: Page, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "deeper").mkdir(parents=True)
    (folder / "herons.md").write_text("# Herons\n\nHerons stand in the river.", "utf-8")
    (folder / "deeper" / "otters.txt").write_text("Otters swim.", "utf-8")
    (folder / "deeper" / "herons.md").write_text("# Otters\n\nOtters stand in the river.", "utf-8")
    (folder / "deeper" / "photo.jpg").write_bytes(b"x")
    await page.get_by_label("What to do").select_option("ingestion")
    await expect(page.get_by_role("button", name="Choose a whole folder")).to_be_visible()
    await page.locator(".folder-input").set_input_files(folder)
    names = page.locator(".chosen .name")
    await expect(names).to_have_count(3)
    assert sorted(await names.all_inner_texts()) == ["herons.md", "herons.md", "otters.txt"]
    await expect(page.locator(".left-out-files summary")).to_have_text(
        "1 file is no document and is left out"
    )
    tags = page.get_by_label("Tags", exact=True)
    await tags.fill("river, 2026")
    await tags.press("Enter")
    await expect(page.locator(".tag-list .tag")).to_have_text(["river", "2026"])
    await page.get_by_role("button", name="Take out 2026").click()
    await page.locator("summary", has_text="Options").click()
    await page.get_by_label("Workers").fill("3")
    await check_axe(page)
    await page.get_by_role("button", name="Put 3 documents in").click()
    await expect(page.locator(".kept tbody tr")).to_have_count(3, timeout=WORK_MS)
    job_id = page.url.rpartition("/")[2]
    async with aiohttp.ClientSession(server.url) as client, client.get(f"/api/v1/jobs/{job_id}") as answer:
        job = await answer.json()
    assert job["args"] == {"tags": ["river"], "entities": True, "workers": 3}
    assert sorted(each["name"] for each in job["inputs"]) == ["herons.md", "herons.md", "otters.txt"]
    await expect(page.locator(".sums")).to_contain_text("documents in the library3")
    await check_axe(page)
    await page.locator(".kept tbody a", has_text="Herons").click()
    await expect(page.locator(".reader")).to_contain_text("Herons stand in the river.")


async def test_nothing_is_sent_without_a_document(page: Page) -> None:
    await page.get_by_label("What to do").select_option("ingestion")
    await page.get_by_role("button", name="Put documents in").click()
    await expect(page.locator(".toast")).to_contain_text("Add a document or a folder first")


async def test_a_running_job_tells_its_stages_workers_and_what_has_come_of_it(
    page: Page, server: Server, letters: Path
) -> None:
    # The words of the stream are held as they came, so that none is missed however fast the work is.
    seen = await page.evaluate_handle(
        """() => { const seen = []; const watch = new MutationObserver(() => {
          const steps = [...document.querySelectorAll(".step")];
          const state_of = (step) => `${step.dataset.stage} ${step.className.match(/is-(\\w+)/)[1]}`;
          if (steps.length) seen.push(steps.map(state_of).join());
        }); watch.observe(document.body, { subtree: true, childList: true, attributes: true }); return seen; }"""
    )
    job_id = await server.submit("ingestion", files=[*LIGHTHOUSE, letters], args={"workers": 2})
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    steps = page.locator(".stepper .step h3")
    await expect(steps).to_contain_text(
        ["Parsing", "Images", "Chunking", "Embedding", "Extraction", "Writing"], timeout=WORK_MS
    )
    await expect(page.locator(".worker-name")).to_have_text(["Worker 1", "Worker 2"])
    await expect(page.locator(".depth")).to_contain_text("waiting")
    await expect(page.locator(".metrics dt")).to_have_count(6)
    await expect(page.locator(".pipeline-time")).to_contain_text("running for")
    server.freeze()
    await check_axe(page)
    server.thaw()
    await expect(page.locator(".kept tbody tr")).to_have_count(5, timeout=WORK_MS)
    states = [dict(part.split(" ") for part in one.split(",")) for one in await seen.json_value()]
    assert all(
        list(state) == ["parsing", "images", "chunking", "embedding", "extraction", "writing"]
        for state in states
    )
    assert any("running" in state.values() for state in states)


async def test_documents_that_could_not_be_read_are_told_by_name_with_the_reason(
    page: Page, server: Server, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing more")
    job_id = await put_in(server, [LIGHTHOUSE[0], broken])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    refused = page.locator(".refused li")
    await expect(refused.locator("strong")).to_have_text("broken.pdf")
    await expect(refused.locator("code")).to_have_text("pdf_corrupt")
    await expect(page.locator(".kept tbody tr")).to_have_count(1)
    await expect(page.locator(".items")).to_have_count(0)


async def test_an_empty_library_offers_examples_and_fills_before_ones_eyes(
    page: Page, server: Server
) -> None:
    await page.goto(f"{server.url}/#/library")
    await expect(page.get_by_role("heading", name="Nothing to ask yet")).to_be_visible()
    await page.get_by_role("button", name="Try it with 4 examples").click()
    await expect(page.locator(".documents tbody tr")).to_have_count(4, timeout=WORK_MS)
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
        assert await page.locator("h1").count() == 1
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
    await expect(page.locator(".banner")).to_be_visible(timeout=15_000)
    await expect(page.locator(".documents tbody tr")).to_have_count(4)
    await server.start()
    await expect(page.locator(".banner")).to_have_count(0, timeout=15_000)
    more = tmp_path / "otters.md"
    more.write_text("# Otters\n\nThey swim.", "utf-8")
    await put_in(server, [more])
    await expect(page.locator(".documents tbody tr")).to_have_count(5, timeout=WORK_MS)


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


@pytest.fixture
async def modules(browser: Browser) -> Page:
    """A page with the window's modules and no server behind them."""
    context = await browser.new_context()
    await serve_modules(context)
    page = await context.new_page()
    await page.goto(f"{MODULES_ORIGIN}/")
    return page


async def test_the_layout_of_a_graph_is_the_same_every_time_and_keeps_its_distances(modules: Page) -> None:
    found = await modules.evaluate(
        """async () => {
          const { make_layout } = await import("/static/kinds/ingestion/layout.js");
          const nodes = Array.from({ length: 60 }, (_, id) => ({ id: String(id), radius: 6 }));
          const edge = (_, at) => ({ source: String(at % 20), target: String((at * 7 + 1) % 40), count: 1 + at % 3 });
          const edges = Array.from({ length: 45 }, edge);
          const run = () => {
            const one = make_layout(nodes, edges, { width: 760, height: 560 });
            while (one.step(10));
            return one.points;
          };
          const [first, second] = [run(), run()];
          const at = new Map(first.map((point) => [point.id, point]));
          const between = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
          const pairs = first.flatMap((a, i) => first.slice(i + 1).map((b) => between(a, b)));
          const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;
          const joined = edges.filter(({ source, target }) => source !== target);
          const length = ({ source, target }) => between(at.get(source), at.get(target));
          return { same: JSON.stringify(first) === JSON.stringify(second), nearest: Math.min(...pairs),
            all: mean(pairs), joined: mean(joined.map(length)),
            inside: first.every(({ x, y }) => x >= 0 && x <= 760 && y >= 0 && y <= 560) };
        }"""
    )
    assert found["same"]
    assert found["inside"]
    assert found["nearest"] > 12  # two signs of radius 6 do not lie on one another
    assert found["joined"] < 0.6 * found["all"]


async def test_marks_survive_characters_beyond_the_first_plane_and_pages_begin_where_they_do(
    modules: Page,
) -> None:
    found = await modules.evaluate(
        """async () => {
          const marks = await import("/static/kinds/ingestion/marks.js");
          const snippet = "\\u{1F9A6} otters swim";
          const hit = { snippet, highlights: [[2, 8]], match: 12 };
          const text = "Title\\n\\nOne \\u{1F9A6} here\\n\\n" + snippet;
          const heading_path = ["Title"];
          const there = [{ offset: 0, page: 1, heading_path }, { offset: 19, page: 2, heading_path }];
          const chunk = { text, start: 0, chunk: 0, marks: there };
          const passage = marks.passage_of(chunk, hit);
          const blocks = marks.blocks_of(chunk, passage, null);
          return { marked: marks.parts(snippet, marks.highlights_of(hit)), words: [...marks.marked_words([hit])],
            passage: text.slice(...passage),
            blocks: blocks.map(({ text, page, level, is_passage }) => [text, page, level, is_passage]) };
        }"""
    )
    assert [part["text"] for part in found["marked"] if part["is_marked"]] == ["otters"]
    assert found["words"] == ["otters"]
    assert found["passage"] == "\U0001f9a6 otters swim"
    assert found["blocks"] == [
        ["Title", 1, 1, False],
        ["One \U0001f9a6 here", None, 0, False],
        ["\U0001f9a6 otters swim", 2, 0, True],
    ]


async def test_an_address_of_the_library_is_read_as_it_was_written(modules: Page) -> None:
    found = await modules.evaluate(
        """async () => {
          const { read_address, library_href, filters_of } = await import("/static/kinds/ingestion/address.js");
          const read = (query) => read_address(new URLSearchParams(query));
          const place = read("q=a %26 b?&mode=bm25&tag=x&until=2026-02-28&chunk=3&colour=red");
          const back = read(library_href(place).split("?").slice(1).join("?"));
          return { place, same: JSON.stringify(place) === JSON.stringify(back), filters: filters_of(place),
            plain: library_href(read("")) };
        }"""
    )
    assert found["place"]["q"] == "a & b?"
    assert found["place"]["chunk"] == 3
    assert found["same"]
    assert found["filters"] == {"tag": ["x"], "until": "2026-03-01"}
    assert found["plain"] == "#/library"
