"""Handing in: a form for every schema, files and folders, when it would be done, the same again in another way."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.browser.axe import check_axe
from tests.browser.window import EXAMPLES, Complaints, Server, overflow_px

pytestmark = pytest.mark.browser

BOOK = EXAMPLES / "epub" / "loomings.epub"
SLOW = {"items": 200, "seconds": 0.2}
PLACE = {
    "type": "object",
    "properties": {"street": {"type": "string"}, "floor": {"type": "integer"}},
    "required": ["street"],
}
ARGS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Who it is for", "maxLength": 50},
        "size": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "ratio": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "is_fast": {"type": "boolean", "default": True, "title": "Fast"},
        "colour": {"enum": ["red", "green", None], "default": "red"},
        "days": {"type": "array", "items": {"enum": ["mon", "tue", "wed"]}},
        "words": {"type": "array", "items": {"type": "string"}, "default": ["one"]},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "letter": {"type": "string", "maxLength": 5000},
        "home": {"$ref": "#/$defs/place"},
        "office": {"anyOf": [{"$ref": "#/$defs/place"}, {"type": "null"}], "title": "Work place"},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/place"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "anything": {},
    },
    "required": ["name", "home"],
    "$defs": {"place": PLACE},
}
SAMPLER = {
    "name": "sampler", "available": True, "reason": None, "remediation": None, "source": "test", "title": "Sampler",
    "description": "Every sort of value", "version": 1, "accepts": [], "min_files": 0, "max_files": 0, "lane": "main",
    "crash_policy": "resume", "is_cacheable": False, "limits": None, "args": ARGS,
}  # fmt: skip

TOLD = {
    "kind": "epub", "lane": "main", "position": 9, "is_paused": False,
    "starts_in": {"p50": 600, "p90": 700}, "finishes_in": {"p50": 3600, "p90": 9000},
}  # fmt: skip


async def with_sampler(page: Page, server: Server) -> None:
    """Show the form of a kind that has every sort of value, beside those of the desk."""

    async def kinds(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        await route.fulfill(json={"kinds": [*told["kinds"], SAMPLER]})

    await page.route("**/api/v1/kinds", kinds)
    await page.route("**/api/v1/estimate", lambda route: route.fulfill(json=TOLD))
    await page.goto(f"{server.url}/?sampler")
    await page.get_by_label("What to do").select_option("sampler")
    await expect(page.get_by_label("Letter")).to_be_visible()


async def fill_in(page: Page) -> None:
    """Give each value."""
    form = page.locator(".submit form")
    await form.get_by_label(re.compile("^Name")).fill("Ann")
    await form.get_by_label("Size").fill("4")
    await form.get_by_label("Ratio").fill("0.5")
    await form.get_by_label("Fast").uncheck()
    await form.get_by_label("Colour").select_option("None")
    await form.get_by_label("mon").check()
    await form.get_by_label("wed").check()
    await form.get_by_label("Words").fill("two, three")
    numbers = form.get_by_role("group", name="Numbers")
    for number in (7, 8):
        await numbers.get_by_role("button", name="Add").click()
        await numbers.get_by_role("spinbutton").last.fill(str(number))
    await form.get_by_label("On", exact=True).fill("2026-05-04")
    await form.get_by_label("Letter").fill("Dear desk,\nhello")
    await form.get_by_role("group", name="Home").get_by_label("Street").fill("Main Street 1")
    work = form.get_by_role("group", name="Work place")
    await work.get_by_role("button", name="Fill in").click()
    await work.get_by_label("Street").fill("Side Street 2")
    await work.get_by_label("Floor").fill("5")
    labels = form.get_by_role("group", name="Labels")
    await labels.get_by_role("button", name="Add").click()
    await labels.get_by_label("Name 1").fill("colour")
    await labels.get_by_label("Value 1").fill("blue")
    await form.get_by_label("Anything").fill('{"deep": [1, 2]}')


def args_of(request: Request) -> dict[str, Any]:
    """Return the args in a form that was sent."""
    body = (request.post_data_buffer or b"").decode()
    match = re.search(r'name="args"\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
    assert match is not None, body
    return dict(json.loads(match[1]))


async def test_every_sort_of_value_has_a_control_and_arrives_as_json(page: Page, server: Server) -> None:
    await with_sampler(page, server)
    await expect(page.locator(".submit").get_by_text("1 to 9")).to_be_visible()
    await expect(page.locator(".submit").get_by_text("more than 0")).to_be_visible()
    await fill_in(page)
    await page.route(
        "**/api/v1/jobs", lambda route: route.fulfill(status=202, json={"title": "x", "position": 1})
    )
    async with page.expect_request(lambda one: one.method == "POST" and one.url.endswith("/jobs")) as sent:
        await page.get_by_role("button", name="Put in line").click()
    assert args_of(await sent.value) == {
        "name": "Ann",
        "size": 4,
        "ratio": 0.5,
        "is_fast": False,
        "colour": None,
        "days": ["mon", "wed"],
        "words": ["two", "three"],
        "numbers": [7, 8],
        "on": "2026-05-04",
        "letter": "Dear desk,\nhello",
        "home": {"street": "Main Street 1"},
        "office": {"street": "Side Street 2", "floor": 5},
        "labels": {"colour": "blue"},
        "anything": {"deep": [1, 2]},
    }


async def test_what_is_wrong_is_said_at_the_very_field(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await with_sampler(page, server)
    await fill_in(page)
    errors = [
        {"pointer": "/args/size", "detail": "Too many."},
        {"pointer": "/args/office/floor", "detail": "No such floor."},
        {"pointer": "/args/numbers/1", "detail": "An unlucky number."},
        {"pointer": "/args", "detail": "And the whole is odd."},
    ]
    problem = {"detail": "Not valid", "code": "invalid_args", "status": 422, "errors": errors}
    await page.route("**/api/v1/jobs", lambda route: route.fulfill(status=422, json=problem))
    await page.get_by_role("button", name="Put in line").click()
    for label, words in (
        ("Size", "Too many."),
        ("Floor", "No such floor."),
        ("Number 2", "An unlucky number."),
    ):
        field = page.locator(".field:not(.group)", has=page.get_by_label(re.compile(f"^{label}"))).last
        await expect(field.locator(".field-error")).to_have_text(words)
        await expect(field.locator("input")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert").filter(has_text="the whole is odd")).to_be_visible()
    await expect(page.locator(".submit .field-error")).to_have_count(4)
    complaints.forgive("422")


async def test_choices_are_remembered_and_given_back(page: Page, server: Server) -> None:
    await page.get_by_label("What to do").select_option("demo")
    await page.locator("summary", has_text="Options").click()
    await page.get_by_label("Items", exact=True).fill("2")
    await page.get_by_label("Seconds an item").fill("0")
    await page.get_by_role("button", name="Put in line").click()
    await expect(page.locator(".finished")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_label("What to do")).to_have_value("demo")
    await expect(page.locator("summary", has_text="2 changed")).to_be_visible()
    await page.locator("summary", has_text="Options").click()
    await expect(page.get_by_label("Items", exact=True)).to_have_value("2")
    await page.get_by_role("button", name="Back to the defaults").click()
    await expect(page.get_by_label("Items", exact=True)).to_have_value("")


async def test_it_is_told_when_it_would_be_done_before_it_is_handed_in(page: Page, server: Server) -> None:
    words = page.locator(".would-finish")
    await expect(words).to_contain_text("Would start at once · done")
    await server.submit("demo", args=SLOW)
    await server.submit("demo", args=SLOW)
    await expect(words).to_contain_text("Would be number 2 in line")
    await page.route("**/api/v1/estimate", lambda route: route.fulfill(json=TOLD))
    await page.locator("input[type=file]").first.set_input_files(BOOK)
    await expect(words).to_have_text(
        re.compile(r"number 9 in line · would finish at \d+:\d\d.*, by \d+:\d\d.* at the latest")
    )


async def test_many_files_are_listed_counted_and_taken_out(page: Page, tmp_path: Path) -> None:
    files = [tmp_path / f"{number:03}.epub" for number in range(120)]
    for path in files:
        path.write_bytes(b"x" * 1000)
    await page.locator("input[type=file]").first.set_input_files(files)
    await expect(page.locator(".chosen-total")).to_contain_text("120 files 120 kB")
    await expect(page.locator(".file-list li")).to_have_count(30)
    await page.get_by_role("button", name="Show all 120").click()
    await page.get_by_role("button", name="Take out 119.epub").click()
    await expect(page.get_by_role("button", name="Put 119 files in line")).to_be_visible()
    await page.get_by_label("One job each").check()
    await expect(page.get_by_role("button", name="Put 119 files in line, one job each")).to_be_visible()
    await page.get_by_role("button", name="Clear", exact=True).click()
    await expect(page.locator(".file-list")).to_have_count(0)


async def test_a_folder_s_files_are_taken_together(page: Page, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    (shelf / "deep").mkdir(parents=True)
    for name in ("a.epub", "deep/b.epub", ".hidden"):
        (shelf / name).write_bytes(b"x")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choose a folder").click()
    await (await chooser.value).set_files(shelf)
    await expect(page.locator(".file-list .name")).to_have_text(["a.epub", "b.epub"])


async def test_an_upload_shows_its_own_progress_and_can_be_stopped(page: Page, tmp_path: Path) -> None:
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/api/v1/jobs", hold)
    await page.locator("input[type=file]").first.set_input_files(BOOK)
    await page.get_by_role("button", name="Put 1 file in line").click()
    await expect(page.get_by_role("progressbar", name="Upload of loomings.epub")).to_be_visible()
    await page.get_by_role("button", name="Stop sending loomings.epub").click()
    await expect(page.locator(".upload")).to_have_count(0)
    await expect(page.locator(".waiting, .running, .finished")).to_have_count(0)


async def test_there_is_something_to_try_for_every_kind(page: Page, server: Server) -> None:
    kinds = (await (await page.request.get(f"{server.url}/api/v1/kinds")).json())["kinds"]
    examples = (await (await page.request.get(f"{server.url}/api/v1/examples")).json())["examples"]
    with_example = {one["kind"] for one in examples}
    for kind in kinds:
        if kind["available"] and (kind["name"] in with_example or kind["name"] == "demo"):
            chip = page.locator(f".try-it button[title='{kind['title']}']")
            await expect(chip.first).to_be_visible()
    await page.locator(".try-it button", has_text="Try the desk").click()
    await expect(page.locator(".running, .finished").first).to_contain_text("Try the desk")


async def test_a_job_is_edited_and_run_again_without_sending_its_files(page: Page, server: Server) -> None:
    job_id = await server.submit("epub", args={"tokenizers": ["cl100k_base"]}, files=[BOOK])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".job-header .status")).to_have_text("Done")
    await page.get_by_role("button", name="Edit and run again").click()
    await expect(page.locator(".reused .name")).to_have_text("loomings.epub")
    await expect(page.get_by_label("Tokenizers")).to_have_value("cl100k_base")
    await page.get_by_label("Tokenizers").fill("o200k_base")
    async with page.expect_response(
        lambda one: one.url.endswith("/api/v1/jobs") and one.status == 202
    ) as sent:
        await page.get_by_role("button", name="Put in line once more").click()
    job = await (await sent.value).json()
    assert job["args"]["tokenizers"] == ["o200k_base"]
    assert [file["name"] for file in job["inputs"]] == ["loomings.epub"]
    await expect(page.locator(".reused")).to_have_count(0)
    await expect(page.locator(".finished", has_text="loomings.epub")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_the_form_also_at_320_pixels(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await with_sampler(page, server)
    await page.get_by_role("group", name="Stops").get_by_role("button", name="Add").click()
    await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    await check_axe(page)
    assert await overflow_px(page) <= 0
