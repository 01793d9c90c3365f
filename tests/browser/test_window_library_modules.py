"""The library's pure modules: the layout of a graph, marks in a text, the address."""

import pytest
from playwright.async_api import Browser, Page

from tests.browser.window import (
    MODULES_ORIGIN,
    serve_modules,
)

pytestmark = pytest.mark.browser


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
