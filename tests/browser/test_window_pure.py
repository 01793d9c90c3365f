"""The pure parts of the screens, without a server: what is visible, what gives way, what a schema means, sums."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.window import MODULES_ORIGIN, chromium, serve_modules

# One browser for all of them: the modules are pure, so no test can leave anything behind.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def modules() -> AsyncIterator[Page]:
    """An empty page that can import the modules of the window, without a server."""
    async with chromium() as browser:
        context = await browser.new_context()
        await serve_modules(context)
        page = await context.new_page()
        await page.goto(MODULES_ORIGIN)
        yield page


async def call(page: Page, module: str, name: str, *args: Any) -> Any:
    """Call what a module exports and return its answer."""
    return await page.evaluate(
        "async ([module, name, args]) => (await import(`/static/${module}.js`))[name](...args)",
        [module, name, list(args)],
    )


async def test_only_what_a_window_shows_is_drawn_and_a_little_beyond(modules: Page) -> None:
    async def rows(**given: int) -> tuple[int, int]:
        seen = await call(
            modules, "parts/virtual_list", "visible_rows", {"row_px": 50, "overscan": 2, **given}
        )
        return seen["start"], seen["end"]

    assert await rows(top=100, window_px=500, count=1000) == (0, 10)
    assert await rows(top=-5000, window_px=500, count=1000) == (98, 112)
    assert await rows(top=-49_900, window_px=500, count=1000) == (996, 1000)
    assert await rows(top=900, window_px=500, count=3) == (0, 0)
    assert await rows(top=0, window_px=500, count=0) == (0, 0)


async def test_rows_between_a_row_s_old_and_new_place_give_way(modules: Page) -> None:
    async def shifts(start: int, to: int) -> list[int]:
        return [await call(modules, "parts/reorder", "gives_way", index, start, to) for index in range(5)]

    assert await shifts(1, 3) == [0, 0, -1, -1, 0]
    assert await shifts(3, 1) == [0, 1, 1, 0, 0]
    assert await shifts(2, 2) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("schema", "control"),
    [
        ({"type": "boolean"}, "boolean"),
        ({"enum": ["a", None]}, "choice"),
        ({"type": ["integer", "null"]}, "number"),
        ({"type": "string", "maxLength": 5000}, "long_text"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "array", "items": {"type": "string"}}, "words"),
        ({"type": "array", "items": {"enum": [1, 2]}}, "choices"),
        ({"type": "array", "items": {"type": "object", "properties": {"a": {}}}}, "list"),
        ({"type": "array"}, "json"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "map"),
        ({"properties": {"a": {}}}, "object"),
        ({"type": "object"}, "json"),
        ({}, "json"),
    ],
)
async def test_each_schema_has_its_control(modules: Page, schema: dict[str, Any], control: str) -> None:
    assert await call(modules, "args_schema", "control_of", schema) == control


async def test_references_and_alternatives_are_made_plain(modules: Page) -> None:
    root = {
        "$defs": {"n": {"type": "integer", "minimum": 1}, "loop": {"$ref": "#/$defs/loop"}},
        "$comment": "a~b/c",
    }
    plain = {
        "ref": ({"$ref": "#/$defs/n", "title": "N"}, {"type": "integer", "minimum": 1, "title": "N"}),
        "maybe": (
            {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]},
            {"type": ["integer", "null"], "minimum": 1},
        ),
        "several": ({"oneOf": [{"type": "string"}, {"type": "integer"}], "title": "T"}, {"title": "T"}),
        "nowhere": ({"$ref": "#/$defs/none"}, {}),
        "loop": ({"$ref": "#/$defs/loop"}, {}),
    }
    for given, wanted in plain.values():
        assert await call(modules, "args_schema", "plain", given, root) == wanted
    titled = {"oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}, {"const": None}]}
    assert await call(modules, "args_schema", "plain", titled, root) == {
        "enum": [1, 2, None],
        "labels": ["One", "Two"],
    }


async def test_an_error_belongs_to_the_field_that_its_pointer_names(modules: Page) -> None:
    errors = [
        {"pointer": "/args/a~1b/0", "detail": "odd"},
        {"pointer": "/args/home/street", "detail": "missing"},
    ]
    assert await call(modules, "args_schema", "error_at", errors, ["a/b", 0]) == "odd"
    assert await call(modules, "args_schema", "error_at", errors, ["a/b"]) == "odd"
    assert await call(modules, "args_schema", "error_at", errors, ["home"], False) is None
    assert await call(modules, "args_schema", "error_at", errors, ["home", "street"]) == "missing"
    assert await call(modules, "args_schema", "error_at", errors, ["hom"]) is None


async def test_statistics_are_summed_by_day_and_rare_causes_together(modules: Page) -> None:
    days = ["2026-01-01", "2026-01-02"]
    runs = [
        {
            "day": days[number % 2],
            "kind": "k",
            "status": "failed",
            "error_code": f"c{number}",
            "jobs": 10 - number,
        }
        for number in range(7)
    ]
    runs.append({"day": days[0], "kind": "k", "status": "completed", "error_code": None, "jobs": 5})
    runs.append({"day": "2025-01-01", "kind": "other", "status": "completed", "error_code": None, "jobs": 99})
    counts = await call(modules, "stats/numbers", "throughput", runs, days, "k")
    assert counts == {"completed": [5, 0], "failed": [10 + 8 + 6 + 4, 9 + 7 + 5], "cancelled": [0, 0]}
    found = await call(modules, "stats/numbers", "causes", runs, days, "k")
    assert [one["code"] for one in found["shown"]] == ["c0", "c1", "c2", "c3", None]
    assert found["shown"][-1] == {"code": None, "jobs": 6 + 5 + 4, "days": [6 + 4, 5]}
    totals = await call(modules, "stats/numbers", "totals", runs, "k")
    assert (totals["jobs"], totals["failed_share"]) == (54, pytest.approx(49 / 54))
    assert await call(modules, "stats/numbers", "days_until", 1_767_312_000_000, 2) == days
