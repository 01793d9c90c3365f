"""The window speaks two languages, whole: no message is missing, none is left over, none is said in code."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.catalogues import MESSAGES, asked, bare_words, catalogue, modules, places
from tests.browser.every_screen import fill_desk, open_screen
from tests.browser.window import STATIC, Complaints, Server, watched_page

LANGUAGES = ("en", "de")
AREAS = sorted(path.stem for path in (MESSAGES / "en").glob("*.json"))
NO_WORDS = {
    "Nowserving",  # our name
    "Nowserving\0",  # and the version after it
    "OpenAPI",  # the name of a format
    "https://…",  # how an address begins
    "SBX…",  # how a label's number begins
    "US",  # a country's code
}
"""What may stand in a template as it is, in any language."""


def test_both_languages_have_the_same_areas_keys_and_places() -> None:
    assert sorted(path.stem for path in (MESSAGES / "de").glob("*.json")) == AREAS
    assert "shell" in AREAS
    for area in AREAS:
        english, german = catalogue("en", area), catalogue("de", area)
        assert english.keys() == german.keys(), area
        for key, message in english.items():
            assert places(message) == places(german[key]), f"{area}: {key}"


def test_a_message_has_words_and_a_plural_has_its_forms() -> None:
    for language in LANGUAGES:
        for area in AREAS:
            for key, message in catalogue(language, area).items():
                forms = {"other": message} if isinstance(message, str) else message
                assert all(forms.values()), f"{language}/{area}: {key}"
                assert isinstance(message, str) or forms.keys() == {"one", "other"}, (
                    f"{language}/{area}: {key}"
                )


def test_every_message_that_is_asked_for_exists() -> None:
    missing = []
    for path in modules():
        for area, key in asked(path):
            known = catalogue("en", area)
            is_there = any(one.startswith(key[:-1]) for one in known) if key.endswith("*") else key in known
            if not is_there:
                missing.append(f"{path.relative_to(STATIC)}: {area}/{key}")
    assert missing == []


def test_every_message_is_used() -> None:
    sources = {path: path.read_text() for path in modules()}
    strings = {text for source in sources.values() for text in re.findall(r"\"(\w+)\"", source)}
    # A key may be put together: `status_${name}`, `${what}_one`.
    starts = {text for source in sources.values() for text in re.findall(r"`([\w ]*[_ ])\$\{", source)}
    ends = {text for source in sources.values() for text in re.findall(r"`[^`\n]*\}(_\w+)`", source)}
    unused = [
        f"{area}/{key}"
        for area in AREAS
        for key in catalogue("en", area)
        if key not in strings and not key.startswith(tuple(starts)) and not key.endswith(tuple(ends))
    ]
    assert unused == []


def test_no_module_says_words_of_its_own() -> None:
    said = {
        str(path.relative_to(STATIC)): [text for text in bare_words(path.read_text()) if text not in NO_WORDS]
        for path in modules()
    }
    assert {name: words for name, words in said.items() if words} == {}


@pytest.mark.parametrize(
    "source",
    [
        "html`<p>Nothing here</p>`",
        "html`<p class=${a}>${b} rows</p>`",
        'html`<button aria-label="Close it"><${Icon} name="x" /></button>`',
        "html`<ul>${rows.map((row) => html`<li>${row} left</li>`)}</ul>`",
        'toast("Add a file first")',
        "toast(`Cancelled the ${title}`)",
    ],
)
def test_words_in_a_module_are_noticed(source: str) -> None:
    assert bare_words(source), source


@pytest.mark.parametrize(
    "source",
    [
        'html`<p>${t("nothing")}</p>`',
        '// Say it in words\nconst x = "file_first"; /* In words */',
        "html`<span>${a} – ${b} · ${c}</span>`",
        r"const odd = /[`\"'/]/g.test(name) ? `${BASE}/jobs` : 'a b';",
    ],
)
def test_what_is_no_word_for_people_is_left_alone(source: str) -> None:
    assert bare_words(source) == []


def test_a_key_that_is_put_together_is_known_by_its_start() -> None:
    source = STATIC / "milestones.js"
    assert ("shell", "said_*") in asked(source)
    assert ("shell", "said_stage") in asked(source)


@pytest.mark.browser
async def test_the_browser_s_language_is_spoken_and_numbers_are_written_its_way(
    browser: Browser, server: Server, complaints: Complaints
) -> None:
    context = await browser.new_context(locale="de-DE")
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.get_by_role("button", name="Schlange anhalten")).to_be_visible()
    assert (
        await page.evaluate("import('/static/format.js').then(({ number }) => number(12345.5))") == "12.345,5"
    )
    assert complaints.found == []
    await context.close()


@pytest.mark.browser
async def test_a_chosen_language_is_spoken_at_once_and_remembered(page: Page, server: Server) -> None:
    await page.get_by_role("button", name="Language, theme, keys").click()
    await page.get_by_label("Language", exact=True).select_option("de")
    await expect(page.get_by_role("button", name="Schlange anhalten")).to_be_visible()
    await expect(page.get_by_label("Sprache", exact=True)).to_have_value("de")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.get_by_label("Was soll geschehen?")).to_contain_text("Bücher zählen")
    await page.reload()
    await expect(page.get_by_role("button", name="Schlange anhalten")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.browser
async def test_no_screen_shows_a_key_in_place_of_words(
    browser: Browser, server: Server, complaints: Complaints
) -> None:
    keys = {key for area in AREAS for key in catalogue("en", area) if "_" in key}
    context = await browser.new_context(locale="de-DE")
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    for address in await fill_desk(page, server):
        await open_screen(page, server, address)
        shown = await page.evaluate(
            """() => [...document.querySelectorAll("body *")].flatMap((one) => [
              ...[...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent.trim()),
              one.ariaLabel, one.title, one.placeholder])"""
        )
        assert not keys & {text for text in shown if text}, address
    complaints.forgive("404")  # one of the addresses names a job that is not there
    assert complaints.found == []
    await context.close()
