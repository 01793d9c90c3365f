"""Notes are made again from the transcript as people left it; none that were there are lost; no patient decides it."""

import json
from pathlib import Path

import pytest

from service.kinds.sessions.renewal import asking, versions
from service.kinds.sessions.transcript import Segment, Transcript
from service.model.errors import DeskError
from tests.http.conftest import Place, Start
from tests.http.people import Town
from tests.http.session_talks import BASE, done, form, send

HARMLESS = "Hard, but I got through it."


async def edited(place: Place, session: str) -> None:
    edits = [{"id": "s2", "text": HARMLESS}, {"id": "s4", "text": "I want to die."}]
    await send(place, "PATCH", f"{BASE}/{session}/transcript", {"revision": 0, "edits": edits})


async def test_notes_are_made_again_from_the_words_as_they_are_now(place: Place) -> None:
    session = await done(place)
    path = f"{BASE}/{session}/notes"
    before = await place.get(path)
    assert (before["transcript_changed"], before["earlier"], before["version"]) == (False, [], None)
    await edited(place, session)
    assert (await place.get(path))["transcript_changed"] is True

    made = await send(place, "POST", path, {})
    assert made["transcript_changed"] is False
    first = made["risk_flags"][0]
    assert (first["severity"], first["evidence"][0]["quote"]) == ("high", "I want to die.")
    assert "better off" not in json.dumps(made)
    assert await place.get(path) == made
    async with place.http.get(f"{BASE}/{session}/export?format=md") as answer:
        exported = await answer.text()
    assert "I want to die." in exported
    assert "better off" not in exported


async def test_earlier_notes_are_kept_and_can_be_read(place: Place) -> None:
    session = await done(place)
    path = f"{BASE}/{session}/notes"
    before = await place.get(path)
    await edited(place, session)
    made = await send(place, "POST", path, {})
    assert [(one["version"], one["editor"]) for one in made["earlier"]] == [(1, None)]
    first = await place.get(f"{path}?version=1")
    assert first["risk_flags"] == before["risk_flags"]
    assert first["version"] == 1
    await send(
        place,
        "PATCH",
        f"{BASE}/{session}/transcript",
        {"revision": 1, "edits": [{"id": "s2", "restore": True}]},
    )
    again = await send(place, "POST", path, {})
    assert [(one["version"], one["editor"]) for one in again["earlier"]] == [(2, "local"), (1, None)]
    await place.get(f"{path}?version=3", 404)
    await place.get(f"{path}?version=0", 422)


async def test_naming_speakers_makes_notes_outdated_too(place: Place) -> None:
    session = await done(place)
    await send(place, "PUT", f"{BASE}/{session}/speakers", {"speakers": {"S1": "Dr. Weber"}})
    assert (await place.get(f"{BASE}/{session}/notes"))["transcript_changed"] is True
    await send(place, "PUT", f"{BASE}/{session}/speakers", {"speakers": {"S1": ""}})
    assert (await place.get(f"{BASE}/{session}/notes"))["transcript_changed"] is False


async def test_a_session_that_was_to_have_no_notes_can_get_them(place: Place) -> None:
    session = await done(place, notes="false")
    assert (await place.get(f"{BASE}/{session}"))["has_notes"] is False
    made = await send(place, "POST", f"{BASE}/{session}/notes", {})
    assert made["earlier"] == []
    assert (await place.get(f"{BASE}/{session}"))["has_notes"] is True


async def test_a_session_that_waits_has_no_notes_to_make_again(place: Place) -> None:
    async with place.http.post(f"{BASE}/upload", data=form()) as answer:
        session = (await answer.json())["session_id"]
    assert (await send(place, "POST", f"{BASE}/{session}/notes", {}, 409))["code"] == "conflict"


async def test_a_deleted_session_leaves_no_version_of_its_notes(place: Place) -> None:
    session = await done(place)
    await edited(place, session)
    await send(place, "POST", f"{BASE}/{session}/notes", {})
    async with place.http.delete(f"/api/v1/jobs/{session}") as answer:
        assert answer.status == 204
    assert list(place.data_dir.rglob("notes*.json")) == []


async def test_a_patient_makes_no_notes_and_learns_of_no_versions(start: Start) -> None:
    town = await Town(await start(accounts=True)).settle()
    pia, theo, ada = [await town.as_(name) for name in ("Pia", "Theo", "Ada")]
    async with town.place.http.post(f"{BASE}/upload", data=form(), headers=pia.header) as answer:
        session = (await answer.json())["session_id"]
    await ada.call("POST", "/api/v1/queue/resume", 200, {})
    async with town.place.http.get(f"/api/v1/jobs/{session}/events", headers=ada.header) as stream:
        await stream.read()  # the stream of one job ends with the job
    path = f"{BASE}/{session}/notes"
    edits = {"revision": 0, "edits": [{"id": "s2", "text": HARMLESS}]}
    await pia.call("PATCH", f"{BASE}/{session}/transcript", 200, edits)
    assert (await pia.call("POST", path, 403, {}))["code"] == "forbidden"
    assert any("better off" in json.dumps(flag) for flag in (await theo.call("GET", path, 200))["risk_flags"])
    await theo.call("POST", path, 200, {})
    mine = await pia.call("GET", path, 200)
    assert mine.keys() & {"earlier", "risk_flags", "made", "therapist_notes"} == set()
    old = await pia.call("GET", f"{path}?version=1", 200)
    assert old.keys() & {"earlier", "risk_flags", "made", "therapist_notes", "topic_summary"} == set()


TALK = Transcript("test", False, (Segment("s1", 0.0, 1.0, "I'll call my sister.", "S1"),))


async def test_making_notes_has_a_limit_and_its_error_holds_no_words() -> None:
    with pytest.raises(DeskError) as refused:
        await asking.notes_on(TALK, {}, timeout_seconds=0.0)
    assert refused.value.code == "notes_failed"
    assert "sister" not in str(refused.value)


async def test_a_setting_that_ends_the_program_is_told_as_a_failure() -> None:
    broken = Transcript("test", False, (Segment("s1", float("nan"), 1.0, "sister", "S1"),))
    with pytest.raises(DeskError) as refused:
        await asking.notes_on(broken, {})
    assert refused.value.code == "notes_failed"
    assert "sister" not in str(refused.value)


def test_a_version_that_somebody_faster_wrote_is_not_replaced(tmp_path: Path) -> None:
    versions.keep(tmp_path, {"engine": "first"}, TALK)
    (tmp_path / "notes-1.json").write_text('{"engine": "of somebody who was faster"}')
    versions.keep(tmp_path, {"engine": "second"}, TALK, "Theo")
    assert [one["version"] for one in versions.earlier(tmp_path)] == [2, 1]
    assert (versions.version(tmp_path, 1) or {})["engine"] == "of somebody who was faster"
    assert (versions.version(tmp_path, 2) or {})["engine"] == "first"
    assert not list(tmp_path.glob("*.part"))
