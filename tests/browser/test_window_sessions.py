"""The window on sessions: a recording goes in, is listened to, corrected, and read by those who may."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import check_axe
from tests.browser.test_window_login import PASSWORD, is_live, sign_in, token_of, town
from tests.browser.window import EXAMPLES, Complaints, Server, overflow_px, watched_page

__all__ = ["town"]

pytestmark = pytest.mark.browser

WORK_MS = 90_000
RECORDING = EXAMPLES / "sessions" / "sense-and-sensibility.opus"
TALK = """WEBVTT

00:00:01.000 --> 00:00:06.000
<v Therapist>Good morning, Anna. How have you been since we last met?

00:00:06.500 --> 00:00:14.000
<v Anna>Not good. I have been feeling very sad and work is exhausting me.

00:00:20.500 --> 00:00:31.000
<v Anna>On Tuesday night I thought about killing myself, but I called my sister.

00:00:31.500 --> 00:00:40.000
<v Therapist>Thank you for telling me. Please write a safety plan until next Thursday.

00:00:58.500 --> 00:01:08.000
<v Anna>I will call the crisis line when it comes back. I feel hopeful now.
"""


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A short conversation that somebody has written down."""
    path = tmp_path / "talk.vtt"
    path.write_text(TALK, "utf-8")
    return path


async def hand_in(server: Server, path: Path, patient: str | None = None) -> str:
    """Upload a session as another client would, wait for its end and return its id."""
    form = aiohttp.FormData()
    form.add_field("file", await asyncio.to_thread(path.read_bytes), filename=path.name)
    query = {"patient_id": patient} if patient else {}
    async with aiohttp.ClientSession(server.url, headers=server.headers) as client:
        async with client.post("/api/sessions/upload", data=form, params=query) as answer:
            assert answer.status == 202, await answer.text()
            session_id = str((await answer.json())["session_id"])
        async with client.get(f"/api/sessions/{session_id}/status/stream") as stream:
            async for line in stream.content:
                if line.startswith((b"event: complete", b"event: error")):
                    return session_id
    raise AssertionError("the stream ended before the session")


@pytest.fixture
async def session(page: Page, server: Server, talk: Path) -> Callable[[], Awaitable[Page]]:
    """A session that is done; returns what opens its page."""
    session_id = await hand_in(server, talk, "P-17")

    async def show() -> Page:
        await page.goto(f"{server.url}/#/sessions/{session_id}")
        await expect(page.get_by_role("heading", name="Notes")).to_be_visible()
        return page

    return show


@pytest.mark.parametrize("width", [1280, 320])
async def test_what_a_session_is_exported_as_stands_below_the_button(
    session: Callable[[], Awaitable[Page]], width: int
) -> None:
    page = await session()
    await page.set_viewport_size({"width": width, "height": 700})
    button = page.get_by_role("button", name="Export")
    await button.click()
    menu = page.locator("#export-menu")
    await expect(menu.get_by_role("link", name="Word")).to_be_visible()
    async with page.expect_download() as download:
        await menu.get_by_role("link", name="Markdown").click()
    assert (await download.value).suggested_filename.endswith(".md")
    above, below = await button.bounding_box(), await menu.bounding_box()
    assert above is not None
    assert below is not None
    assert 0 <= below["y"] - (above["y"] + above["height"]) < 20
    assert abs(below["x"] - above["x"]) < 40 or below["x"] + below["width"] > width - 40
    assert below["x"] + below["width"] <= width


async def test_a_recording_is_handed_in_listened_to_and_follows_the_words(page: Page) -> None:
    await page.goto(f"{page.url}#/sessions")
    await expect(page.get_by_text("No sessions yet")).to_be_visible()
    await page.locator(".session-upload input[type=file]").set_input_files(RECORDING)
    await page.get_by_label("Patient").fill("P-17")
    await page.get_by_label("Title").fill("First reading")
    await page.get_by_label("Speakers").fill("1")
    await page.get_by_role("button", name="Write it down").click()
    await expect(page.get_by_role("heading", level=1, name="First reading")).to_be_visible()
    await expect(page.get_by_role("heading", name="Transcript")).to_be_visible(timeout=WORK_MS)
    await expect(page.locator(".transcript .status.partial")).to_have_text("Draft")
    await expect(page.locator(".sub")).to_contain_text("P-17")

    rows = page.locator(".segment-row")
    last = rows.last
    await last.get_by_role("button", name=re.compile("^Play from")).click()
    audio = page.locator("audio")
    began = await audio.evaluate("(audio) => audio.currentTime")
    assert began > 0
    await expect(last).to_have_class(re.compile("heard"))
    assert await audio.evaluate("(audio) => audio.error") is None
    await page.goto(f"{page.url.partition('#')[0]}#/sessions")
    await expect(page.get_by_role("link", name="First reading")).to_be_visible()


async def test_words_are_corrected_and_the_original_is_kept(
    session: Callable[[], Awaitable[Page]],
) -> None:
    page = await session()
    row = page.locator(".segment-row", has_text="exhausting")
    await row.hover()
    await row.get_by_role("button", name=re.compile("^Edit what is said")).click()
    await expect(page.locator(".segment-editor textarea")).to_be_focused()
    await page.keyboard.type(" Every day.")
    await page.reload()  # what was typed and not saved is still there
    editor = page.locator(".segment-editor textarea")
    await expect(editor).to_have_value(re.compile(r"exhausting me\. Every day\.$"))
    await editor.press("Control+Enter")
    await expect(row).to_contain_text("exhausting me. Every day.")
    await page.reload()
    await row.get_by_role("button", name="edited").click()
    await expect(row.locator(".original p")).to_have_text(
        "Not good. I have been feeling very sad and work is exhausting me."
    )
    await row.get_by_role("button", name="Restore the original").click()
    await expect(row.locator(".original")).to_have_count(0)
    await expect(row).not_to_contain_text("Every day")


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_notes_are_made_again_after_words_were_corrected(
    session: Callable[[], Awaitable[Page]], look: Literal["light", "dark"]
) -> None:
    page = await session()
    await page.emulate_media(color_scheme=look, reduced_motion="reduce")
    again = page.get_by_role("button", name="Make notes again")
    await expect(again).to_be_hidden()
    row = page.locator(".segment-row", has_text="killing myself")
    await row.hover()
    await row.get_by_role("button", name=re.compile("^Edit what is said")).click()
    area = page.locator(".segment-editor textarea")
    await area.fill("On Tuesday night I cut myself again.")
    await area.press("Control+Enter")
    await expect(page.get_by_text("The transcript was edited after these notes were made.")).to_be_visible()
    await check_axe(page)
    await again.click()
    await expect(page.get_by_role("region", name="Possible risks")).to_contain_text(
        "On Tuesday night I cut myself again."
    )
    await expect(again).to_be_hidden()
    await expect(page.get_by_role("region", name="Possible risks")).not_to_contain_text("killing myself")


async def test_two_people_edit_at_once_and_neither_loses_a_word(
    session: Callable[[], Awaitable[Page]], server: Server, complaints: Complaints
) -> None:
    page = await session()
    session_id = page.url.rpartition("/")[2]
    row = page.locator(".segment-row", has_text="exhausting")
    await row.hover()
    await row.get_by_role("button", name=re.compile("^Edit what is said")).click()
    await expect(page.locator(".segment-editor textarea")).to_be_focused()
    await page.keyboard.type(" Mine.")
    edit = {"revision": 0, "edits": [{"id": "s2", "text": "Theirs."}]}
    async with (
        aiohttp.ClientSession(server.url) as other,
        other.patch(f"/api/sessions/{session_id}/transcript", json=edit) as answer,
    ):
        assert answer.status == 200, await answer.text()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".toast")).to_contain_text("Somebody else has just edited")
    editor = page.locator(".segment-editor textarea")
    await expect(editor).to_have_value(re.compile(r"Mine\.$"))
    await editor.press("Control+Enter")
    await expect(page.locator("#segment-s2 .said > p")).to_have_text(re.compile(r"exhausting me\. Mine\.$"))
    complaints.forgive("409")


async def test_a_speaker_is_named_once_and_has_the_name_everywhere(
    session: Callable[[], Awaitable[Page]],
) -> None:
    page = await session()
    await page.get_by_role("button", name="Rename Therapist").click()
    await page.get_by_label("Name of Therapist").fill("Dr. Weber")
    await page.keyboard.press("Enter")
    await expect(page.locator(".speakers")).to_contain_text("Dr. Weber")
    first = page.locator("#segment-s1 select")
    await expect(first.locator("option:checked")).to_have_text("Dr. Weber")
    await first.select_option(label="Anna")
    await expect(page.locator("#segment-s1 .original")).to_be_visible()


async def test_notes_lead_to_the_words_they_rest_on(session: Callable[[], Awaitable[Page]]) -> None:
    page = await session()
    risks = page.get_by_role("region", name="Possible risks")
    await expect(risks).to_contain_text("Suicidal thoughts")
    await expect(risks.locator("q").first).to_contain_text("killing myself")
    await risks.get_by_role("button").first.click()
    await expect(page.locator("#segment-s3")).to_have_class(re.compile("pointed"))
    await expect(page.get_by_label("To do")).to_contain_text(re.compile("safety plan", re.IGNORECASE))


@pytest.mark.parametrize("format_name", ["Markdown, with notes", "Word (DOCX), with notes"])
async def test_a_session_is_taken_along(
    session: Callable[[], Awaitable[Page]], tmp_path: Path, format_name: str
) -> None:
    page = await session()
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as started:
        await page.get_by_role("link", name=format_name).click()
    path = tmp_path / "taken"
    await (await started.value).save_as(path)
    assert b"killing myself" in path.read_bytes() or path.read_bytes().startswith(b"PK")


async def test_somebody_with_nothing_at_hand_tries_an_example(page: Page) -> None:
    await page.goto(f"{page.url}#/sessions")
    await page.locator(".empty-state .chip", has_text="Nora").click()
    await expect(page.get_by_role("heading", name="Notes")).to_be_visible(timeout=WORK_MS)
    await expect(page.get_by_label("To do").locator("li").first).to_be_visible()


async def test_words_are_found_in_a_transcript(session: Callable[[], Awaitable[Page]]) -> None:
    page = await session()
    await page.get_by_label("Find words").fill("sister")
    await expect(page.locator(".segment-row")).to_have_count(1)
    await page.get_by_label("Find words").fill("zebra")
    await expect(page.locator(".transcript")).to_contain_text("Nobody says “zebra”")


@pytest.fixture
async def practice(tmp_path: Path, town: Path, talk: Path) -> AsyncIterator[Server]:
    """A desk with accounts where Theo has handed in a session of Pia."""
    server = Server(tmp_path / "data", tmp_path / "server.log", ["--accounts"])
    shutil.copytree(town, server.data_dir)
    await server.start()
    server.headers = {"Authorization": f"Bearer {await token_of(server, 'Theo')}"}
    async with (
        aiohttp.ClientSession(server.url, headers=server.headers) as client,
        client.get("/api/v1/auth/me") as answer,
    ):
        (pia,) = (await answer.json())["patients"]
    await hand_in(server, talk, pia["id"])
    yield server
    await server.stop()


async def test_therapist_and_patient_see_the_session_each_in_their_own_way(
    browser: Browser, complaints: Complaints, practice: Server
) -> None:
    for name, sees_risks in (("Theo", True), ("Pia", False)):
        context = await browser.new_context()
        page = await watched_page(context, complaints)
        await page.goto(f"{practice.url}/#/sessions")
        await sign_in(page, name, PASSWORD)
        await is_live(page)
        await page.get_by_role("link", name="talk.vtt").click()
        notes = page.locator(".notes")
        await expect(notes.get_by_label("To do")).to_be_visible()
        await expect(notes.get_by_label("Summary for the patient")).to_be_visible()
        await expect(notes.get_by_label("Possible risks")).to_have_count(1 if sees_risks else 0)
        await expect(notes.get_by_label("For the therapist")).to_have_count(1 if sees_risks else 0)
        await context.close()
    assert complaints.found == []


async def test_others_do_not_find_the_session(
    browser: Browser, complaints: Complaints, practice: Server
) -> None:
    async with (
        aiohttp.ClientSession(practice.url, headers=practice.headers) as client,
        client.get("/api/sessions") as answer,
    ):
        (session,) = (await answer.json())["sessions"]
    context = await browser.new_context()
    page = await watched_page(context, complaints)
    await page.goto(f"{practice.url}/#/sessions")
    await sign_in(page, "Max")
    await expect(page.get_by_text("No sessions yet")).to_be_visible()
    await page.goto(f"{practice.url}/#/sessions/{session['session_id']}")
    await expect(page.locator("main h1")).not_to_have_text("talk.vtt")
    await expect(page.locator("body")).not_to_contain_text("killing")
    await context.close()
    complaints.forgive("403")
    assert complaints.found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_sessions_are_for_everybody_on_small_screens_too(
    browser: Browser, complaints: Complaints, server: Server, talk: Path, scheme: str
) -> None:
    session_id = await hand_in(server, talk)
    context = await browser.new_context(
        viewport={"width": 320, "height": 700}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = await watched_page(context, complaints)
    await page.goto(f"{server.url}/#/sessions")
    await expect(page.get_by_role("link", name="talk.vtt")).to_be_visible()
    await check_axe(page)
    assert await overflow_px(page) == 0
    await page.goto(f"{server.url}/#/sessions/{session_id}")
    await expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    await check_axe(page)
    assert await overflow_px(page) == 0
    await context.close()
    assert complaints.found == []
