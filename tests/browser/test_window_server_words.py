"""What the server says in English is said in German, too: the kinds' fields and stages, and what goes wrong."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import marshmallow
import pytest
from playwright.async_api import Browser, Page, expect

from service.http.examples import load as load_examples
from service.http.problems import PROBLEMS
from service.kinds.arguments import json_schema
from service.kinds.epub.codes import REMEDIATION as EPUB
from service.kinds.heatsheets.codes import REMEDIATION as HEATSHEETS
from service.kinds.ingestion.parsers.limits import REMEDIES as INGESTION
from service.kinds.ingestion.pipeline.meter import STAGES as INGESTION_STAGES
from service.kinds.registry import DISTRIBUTION, Registry
from service.kinds.sessions.codes import REMEDIATION as SESSIONS
from service.kinds.sessions.meter import STAGES as SESSION_STAGES
from service.kinds.shipping.codes import REMEDIATION as SHIPPING
from tests.browser.catalogues import MESSAGES, catalogue, places
from tests.browser.window import ROOT, Complaints, Server, watched_page

NOT_MET = {
    "method_not_allowed",
    "not_acceptable",
    "upgrade_required",
    "expectation_failed",
    "headers_too_large",
    "uri_too_long",
    "http_error",
    "range_not_satisfiable",
    "unknown_field",
}
"""What only programs of others bring about, or only a fault of the window: the server's own words will do."""


def german(name: str) -> dict[str, str]:
    """Return a catalogue of what the server says; those without one have no words."""
    path = MESSAGES / "de" / "server" / f"{name}.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return found


def bundled() -> dict[str, Mapping[str, Any]]:
    """Return the schemas of the args of the kinds that come with the desk."""
    registry = Registry.load()
    own = [entry.kind for entry in registry.all() if entry.source == DISTRIBUTION and entry.kind]
    return {kind.name: json_schema(kind) for kind in own}


def words_of(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the keys of all that a form says about a schema."""
    for name, field in schema.get("properties", {}).items():
        here = ".".join((*path, name))
        yield f"title.{here}"
        if field.get("description"):
            yield f"hint.{here}"
        yield from (f"option.{here}.{value}" for value in field.get("enum", ()) if value is not None)
        yield from words_of(field, (*path, name))


@pytest.mark.parametrize("name", sorted(bundled()))
def test_every_field_of_a_bundled_kind_has_german_words_and_no_word_is_left_over(name: str) -> None:
    words = {key for key in german(name) if not key.startswith("example.")}
    assert words == set(words_of(bundled()[name]))


def test_every_bundled_example_has_a_name_for_people_in_both_languages() -> None:
    found = load_examples(ROOT / "examples")
    assert len(found) > 10
    files = {f"{one.kind}/{one.file.name}" for one in found}
    assert json.loads((ROOT / "examples" / "titles.json").read_text()).keys() == files
    words = {f"{name}/{key[8:]}" for name in bundled() for key in german(name) if key.startswith("example.")}
    assert words == files


def test_every_bundled_kind_has_a_german_name_and_description() -> None:
    line = catalogue("de", "line")
    assert {f"kind_{name}" for name in bundled()} <= line.keys()
    assert {f"kind_hint_{name}" for name in bundled()} <= line.keys()


@cache
def sources() -> tuple[ast.AST, ...]:
    """Return what the server is made of, and what checks the args of a kind."""
    checks = Path(marshmallow.__file__).parent
    paths = [*sorted((ROOT / "service").rglob("*.py")), checks / "fields.py", checks / "validate.py"]
    return tuple(ast.parse(path.read_text()) for path in [*paths, checks / "schema.py"])


def stages() -> set[str]:
    """Return the names of the stages that kinds report."""
    told = {
        keyword.value.value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "stage" and isinstance(keyword.value, ast.Constant) and keyword.value.value
    }
    return {str(name) for name in told} | {*INGESTION_STAGES, *SESSION_STAGES}


def test_every_stage_of_a_bundled_kind_has_a_german_word() -> None:
    line, sentences = catalogue("de", "line"), german("sentences")
    assert {"buying", "embedding", "transcribing"} <= stages()
    missing = [
        name for name in stages() if f"stage_{name}" not in line and name.capitalize() not in sentences
    ]
    assert missing == [], "say them in static/messages/de/server/sentences.json"


def test_everything_that_goes_wrong_for_people_has_german_words() -> None:
    codes = {*PROBLEMS, *EPUB, *HEATSHEETS, *INGESTION, *SESSIONS, *SHIPPING}
    words = german("problems")
    missing = codes - NOT_MET - words.keys()
    assert missing == set(), "say them in static/messages/de/server/problems.json"
    assert words.keys() & NOT_MET == set()


def texts() -> Iterator[str]:
    """Yield every text of the server's source; what is put into it is `#`."""
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "#" for part in node.values
                )


def test_no_german_words_are_left_over_for_what_the_server_does_not_say_any_more() -> None:
    known = {re.sub(r"\{\w+\}", "#", text) for text in texts()}
    codes = {key.removesuffix(".fix") for key in german("problems")}
    assert codes - known == set()
    names = {name.capitalize() for name in stages()} | {
        name.capitalize() for name in known if re.fullmatch(r"[a-z]+", name)
    }
    left = {key for key in german("sentences") if key not in known and key not in names}
    assert {key for key in left if not key.startswith("Must be ")} == set()  # marshmallow puts these together


def test_a_fix_belongs_to_a_problem_and_the_places_are_known() -> None:
    words = german("problems")
    for key, text in words.items():
        assert text
        assert key.removesuffix(".fix") in words
        assert places(text) <= (set() if key.endswith(".fix") else {"detail"}), key
    for key, text in german("sentences").items():
        assert places(text) == {str(number + 1) for number in range(key.count("#"))}, key


@pytest.fixture
async def german_page(browser: Browser, server: Server, complaints: Complaints) -> Any:
    """The window in German."""
    context = await browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 900})
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    yield page
    assert complaints.found == []
    await context.close()


@pytest.mark.browser
async def test_a_form_names_its_fields_choices_and_mistakes_in_german(
    german_page: Page, complaints: Complaints
) -> None:
    page = german_page
    await page.get_by_label("Was soll geschehen?").select_option("demo")
    await page.locator(".options summary").click()
    items = page.get_by_label("Teile", exact=True)
    await expect(items).to_be_visible()
    await expect(page.get_by_text("Wie viele Teile der Auftrag hat")).to_be_visible()
    await expect(page.get_by_label("Ergebnis").locator("option")).to_have_text(
        ["Zusammenfassung", "nichts", "zu Großes", "kein JSON", "kein Objekt"]
    )
    await items.fill("200000")
    await page.get_by_role("button", name="Anstellen").click()
    await expect(page.locator(".field-error")).to_contain_text("Von 0 bis 100.000.")
    complaints.forgive("422")


@pytest.mark.browser
async def test_what_went_wrong_is_told_in_german_and_in_the_server_s_own_words(
    german_page: Page, server: Server, tmp_path: Path
) -> None:
    page = german_page
    broken = tmp_path / "broken.epub"
    broken.write_text("no book")
    job = await server.submit("epub", files=[broken], args={"max_mb": 3})
    await page.goto(f"{server.url}/#/jobs/{job}")
    failure = page.locator(".failure")
    await expect(failure.locator("h2")).to_have_text("Das ist kein EPUB.")
    await expect(failure).to_contain_text("Ein EPUB abgeben")
    await expect(failure.locator("[lang=en]")).to_be_visible()
    await expect(page.locator(".options-given")).to_contain_text("Größtes Buch (MB) 3")
    await page.goto(f"{server.url}/#/")
    await expect(page.locator(f"[data-job='{job}']")).to_contain_text("Das ist kein EPUB.")


@pytest.mark.browser
async def test_in_english_nothing_more_is_fetched(page: Page, server: Server) -> None:
    await expect(page.locator(".live.is-live")).to_be_visible()
    await expect(page.get_by_label("What to do")).to_be_visible()
    urls = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert [url for url in urls if "/messages/" in url]
    assert [url for url in urls if "/server/" in url] == []
