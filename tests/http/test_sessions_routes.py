"""Sessions over HTTP: handed in, listed, read by role, changed without loss, exported; refused with the right code."""

import io
import json
import zipfile
from typing import Any

import pytest
from aiohttp import FormData
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.kinds.sessions.dialect import dialect_of, sessions_dialect
from tests.http.conftest import Place
from tests.http.session_talks import BASE, CLINICAL, RECORDING, done, fetch, form, hand_in, send


@pytest.fixture
async def session(place: Place) -> str:
    return await done(place, title="Nora, third")


async def test_a_transcript_is_handed_in_and_becomes_a_session_with_notes(place: Place) -> None:
    accepted = await hand_in(
        place, "?patient_id=nora", title="Nora, third", language="en", names='["Dr. W","N"]'
    )
    assert accepted["status"] == "queued"
    assert accepted["session_id"] == accepted["job_id"]
    waiting = await place.get(f"{BASE}/{accepted['session_id']}")
    assert (waiting["status"], waiting["position"], waiting["transcript"]) == ("queued", 1, None)
    assert waiting["can"] == {"cancel": True, "retry": False, "delete": False}
    await place.get(f"{BASE}/{accepted['session_id']}/notes", 404)

    await place.finished(accepted["job_id"])
    shown = await place.get(f"{BASE}/{accepted['session_id']}")
    assert (shown["title"], shown["patient_id"], shown["progress"]) == ("Nora, third", "nora", 100.0)
    assert shown["speakers"] == {"S1": "Dr. W", "S2": "N"}
    assert shown["audio"] is None
    assert shown["viewer"] == {"role": "local", "can_edit": True, "sees_clinical": True}
    first = shown["transcript"]["segments"][0]
    assert (first["start"], first["end"], first["speaker_name"]) == (0.0, 4.0, "Dr. W")
    assert first["text"] == "How was the week?"
    notes = await place.get(f"{BASE}/{accepted['session_id']}/notes")
    assert notes.keys() >= CLINICAL
    assert [flag["severity"] for flag in notes["risk_flags"]] == ["medium", "low"]
    assert notes["action_items"][0]["evidence"][0]["segment_id"] == "s5"


async def test_sessions_are_listed_by_pages_and_looked_for(place: Place) -> None:
    ids = [
        (await hand_in(place, f"?patient_id={who}", title=f"Talk {n}"))["session_id"]
        for n, who in enumerate(("nora", "sam", "nora"))
    ]
    await place.submit()  # a book is no session
    first = await place.get(f"{BASE}?limit=2")
    assert [one["session_id"] for one in first["sessions"]] == [ids[2], ids[1]]
    second = await place.get(f"{BASE}?limit=2&cursor={first['next_cursor']}")
    assert [one["session_id"] for one in second["sessions"]] == [ids[0]]
    assert second["next_cursor"] is None
    of_nora = await place.get(f"{BASE}?patient_id=nora")
    assert [one["session_id"] for one in of_nora["sessions"]] == [ids[2], ids[0]]
    assert [one["title"] for one in (await place.get(f"{BASE}?q=Talk 1"))["sessions"]] == ["Talk 1"]
    assert (await place.get(f"{BASE}?status=completed"))["sessions"] == []
    assert "transcript" not in first["sessions"][0]


async def test_words_are_changed_and_nothing_is_lost(place: Place, session: str) -> None:
    path = f"{BASE}/{session}/transcript"
    edits = [{"id": "s2", "text": "  Hard,\u202e but   better. "}, {"id": "s4", "speaker": "S1"}]
    changed = await send(place, "PATCH", path, {"revision": 0, "edits": edits})
    assert changed["revision"] == 1
    by_id = {one["id"]: one for one in changed["transcript"]["segments"]}
    assert by_id["s2"]["text"] == "Hard, but better."
    assert by_id["s2"]["original_text"].startswith("Hard. Some days")
    assert (by_id["s4"]["speaker"], by_id["s4"]["original_speaker"]) == ("S1", "S2")
    assert changed["transcript"]["is_edited"] is True
    assert (await place.get(f"{BASE}/{session}/notes"))["transcript_changed"] is True

    refused = await send(place, "PATCH", path, {"revision": 0, "edits": [{"id": "s1", "text": "x"}]}, 409)
    assert (refused["code"], refused["revision"]) == ("stale_revision", 1)
    again = await send(place, "PATCH", path, {"revision": 1, "edits": [{"id": "s2", "text": ""}]})
    assert next(one for one in again["transcript"]["segments"] if one["id"] == "s2")["text"] == ""
    back = await send(
        place,
        "PATCH",
        path,
        {"revision": 2, "edits": [{"id": "s2", "restore": True}, {"id": "s4", "restore": True}]},
    )
    assert back["transcript"]["is_edited"] is False
    assert back["transcript"]["segments"] == (await place.get(f"{BASE}/{session}"))["transcript"]["segments"]

    told = (await place.get(f"{BASE}/{session}/transcript/history"))["edits"]
    assert [(one["revision"], one["what"], one["segment_id"]) for one in told] == [
        (3, "speaker", "s4"), (3, "text", "s2"), (2, "text", "s2"), (1, "speaker", "s4"), (1, "text", "s2"),
    ]  # fmt: skip
    assert told[-1]["before"].startswith("Hard. Some days")
    assert told[-1]["after"] == "Hard, but better."
    assert all(one["editor"] == "local" for one in told)


async def test_a_change_that_changes_nothing_leaves_the_revision(place: Place, session: str) -> None:
    body = {
        "revision": 0,
        "edits": [{"id": "s1", "text": "How was the week?"}, {"id": "s2", "speaker": "S2"}],
    }
    assert (await send(place, "PATCH", f"{BASE}/{session}/transcript", body))["revision"] == 0


async def test_a_speaker_is_named_once_and_everywhere(place: Place, session: str) -> None:
    named = await send(place, "PUT", f"{BASE}/{session}/speakers", {"speakers": {"S1": " Dr.  Weber "}})
    assert named["speakers"] == {"S1": "Dr. Weber", "S2": "Nora"}
    assert {one["speaker_name"] for one in named["transcript"]["segments"]} == {"Dr. Weber", "Nora"}
    _, content, _ = await fetch(place, f"{BASE}/{session}/export?format=txt")
    assert b"Dr. Weber: How was the week?" in content
    assert b"Therapist:" not in content
    plain = await send(place, "PUT", f"{BASE}/{session}/speakers", {"speakers": {"S1": ""}, "revision": 1})
    assert plain["speakers"]["S1"] == "Therapist"
    refused = await send(
        place, "PUT", f"{BASE}/{session}/speakers", {"speakers": {"S1": "x"}, "revision": 1}, 409
    )
    assert refused["code"] == "stale_revision"


async def test_a_new_speaker_can_be_put_in(place: Place, session: str) -> None:
    path = f"{BASE}/{session}"
    await send(
        place, "PATCH", f"{path}/transcript", {"revision": 0, "edits": [{"id": "s6", "speaker": "S3"}]}
    )
    named = await send(place, "PUT", f"{path}/speakers", {"speakers": {"S3": "Her mother"}})
    assert named["transcript"]["segments"][5]["speaker_name"] == "Her mother"
    nobody = await send(
        place, "PATCH", f"{path}/transcript", {"revision": 2, "edits": [{"id": "s6", "speaker": None}]}
    )
    assert nobody["transcript"]["segments"][5]["speaker"] is None


WRONG_CHANGES: tuple[tuple[str, str, object, int, str], ...] = (
    (
        "PATCH",
        "/transcript",
        {"revision": 0, "edits": [{"id": "s99", "text": "x"}]},
        404,
        "segment_not_found",
    ),
    ("PATCH", "/transcript", {"revision": 0, "edits": [{"id": "s1"}]}, 422, "invalid"),
    ("PATCH", "/transcript", {"revision": 0, "edits": []}, 422, "invalid"),
    ("PATCH", "/transcript", {"revision": -1, "edits": [{"id": "s1", "text": "x"}]}, 422, "invalid"),
    ("PATCH", "/transcript", {"revision": "0", "edits": [{"id": "s1", "text": "x"}]}, 422, "invalid"),
    (
        "PATCH",
        "/transcript",
        {"revision": 0, "edits": [{"id": "s1", "text": "x" * 20_001}]},
        422,
        "invalid",
    ),
    ("PATCH", "/transcript", {"revision": 0, "edits": [{"id": "s1", "speaker": "Nora"}]}, 422, "invalid"),
    ("PATCH", "/transcript", {"edits": [{"id": "s1", "text": "x"}]}, 422, "invalid"),
    ("PATCH", "/transcript", [], 422, "invalid"),
    ("PUT", "/speakers", {"speakers": {}}, 422, "invalid"),
    ("PUT", "/speakers", {"speakers": {"X": "x"}}, 422, "invalid"),
    ("PUT", "/speakers", {"speakers": {"S1": 5}}, 422, "invalid"),
)


async def test_what_is_wrong_with_a_change_is_told(place: Place, session: str) -> None:
    for method, rest, body, status, code in WRONG_CHANGES:
        refused = await send(place, method, f"{BASE}/{session}{rest}", body, status)
        assert refused["code"] == code, body
    assert (await place.get(f"{BASE}/{session}"))["revision"] == 0


async def test_a_session_that_is_not_over_is_not_changed(place: Place) -> None:
    waiting = (await hand_in(place))["session_id"]
    edits = [{"id": "s1", "text": "x"}]
    refused = await send(place, "PATCH", f"{BASE}/{waiting}/transcript", {"revision": 0, "edits": edits}, 409)
    assert refused["code"] == "conflict"
    status, content, _ = await fetch(place, f"{BASE}/{waiting}/export?format=md")
    assert (status, json.loads(content)["code"]) == (404, "transcript_not_found")


@pytest.mark.parametrize(
    "rest", ["", "/notes", "/audio", "/export", "/transcript/history", "/status/stream", "/status/ws"]
)
async def test_an_unknown_session_is_404_before_anything_opens(place: Place, rest: str) -> None:
    book = (await place.submit())["id"]
    for name in ("nope", book, "..%2f..%2fx"):
        status, content, headers = await fetch(place, f"{BASE}/{name}{rest}")
        assert (status, json.loads(content)["code"]) == (404, "session_not_found")
        assert headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (form(part="recording"), 422, "unknown_field"),
        (form(name="talk.exe"), 422, "file_type_not_accepted"),
        (form(speakers="many"), 422, "invalid_args"),
        (form(speakers="99"), 422, "invalid_args"),
        (form(engine="magic"), 422, "invalid_args"),
        (form(title="x" * 201), 422, "invalid"),
        (form(args="["), 422, "invalid"),
        (form(args="[1]"), 422, "invalid"),
    ],
    ids=["part", "type", "speakers", "too many speakers", "engine", "title", "args", "args no object"],
)
async def test_a_wrong_upload_is_refused_and_leaves_nothing(
    place: Place, sent: FormData, status: int, code: str
) -> None:
    async with place.http.post(f"{BASE}/upload", data=sent) as answer:
        assert (answer.status, (await answer.json())["code"]) == (status, code)
    assert place.kept_files() == []


async def test_an_upload_needs_a_file_and_a_form(place: Place) -> None:
    empty = FormData(default_to_multipart=True)
    empty.add_field("title", "x")
    async with place.http.post(f"{BASE}/upload", data=empty) as answer:
        assert (await answer.json())["code"] == "too_few_files"
    async with place.http.post(f"{BASE}/upload", json={}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (415, "unsupported_media_type")


async def test_the_same_key_gives_the_same_session(place: Place) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = await hand_in(place, headers=headers), await hand_in(place, headers=headers)
    assert first["session_id"] == second["session_id"]


async def test_a_session_is_exported(place: Place, session: str) -> None:
    for name in ("md", "docx", "vtt", "srt", "txt"):
        status, content, headers = await fetch(place, f"{BASE}/{session}/export?format={name}")
        assert status == 200
        assert headers["Content-Disposition"].startswith("attachment;")
        assert f'.{name}"' in headers["Content-Disposition"]
        if name == "docx":
            content = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml")
        assert b"How was the week?" in content
        assert (b"suicidal ideation" in content) == (name in ("md", "docx"))
    assert (await place.get(f"{BASE}/{session}/export?format=pdf", 422))["code"] == "invalid"


async def test_a_session_that_failed_is_retried_under_its_own_id(place: Place) -> None:
    accepted = await hand_in(place, content="   ", name="empty.txt")
    failed = await place.finished(accepted["job_id"])
    assert failed["error"]["code"] == "transcript_empty"
    shown = await place.get(f"{BASE}/{accepted['session_id']}")
    assert (shown["status"], shown["error"]["code"], shown["can"]["retry"]) == (
        "failed",
        "transcript_empty",
        True,
    )
    retried = await place.post(f"/api/v1/jobs/{shown['job_id']}/retry")
    again = await place.get(f"{BASE}/{accepted['session_id']}")
    assert (again["session_id"], again["job_id"]) == (accepted["session_id"], retried["id"])
    assert (await place.get(f"{BASE}/{retried['id']}"))["session_id"] == accepted["session_id"]
    listed = (await place.get(BASE))["sessions"]
    assert [(one["session_id"], one["job_id"]) for one in listed] == [(accepted["session_id"], retried["id"])]
    async with place.http.get(f"{BASE}/{accepted['session_id']}/status/stream") as stream:
        frame = (await stream.read()).decode() if (await place.finished(retried["id"])) else ""
    assert f'"session_id":"{accepted["session_id"]}"' in frame
    assert f'"job_id":"{retried["id"]}"' in frame
    assert "event: error" in frame


async def test_the_recording_is_played_in_ranges_and_in_its_place(place: Place) -> None:
    accepted = await hand_in(place, content=RECORDING, name="talk.wav")
    path = f"{BASE}/{accepted['session_id']}/audio"
    shown = await place.get(f"{BASE}/{accepted['session_id']}")
    assert shown["audio"]["url"] == path
    assert shown["audio"]["size_bytes"] == len(RECORDING)
    status, content, headers = await fetch(place, path)
    assert (status, content) == (200, RECORDING)
    assert headers["Content-Disposition"].startswith("inline")
    assert headers["Content-Type"].startswith("audio/")
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, content, headers = await fetch(place, path, Range="bytes=4-7")
    assert (status, content, headers["Content-Range"]) == (206, RECORDING[4:8], f"bytes 4-7/{len(RECORDING)}")
    status, _, _ = await fetch(place, path, Range="bytes=99999999-")
    assert status == 416
    status, _, _ = await fetch(place, path, **{"If-None-Match": headers["ETag"]})
    assert status == 304


async def test_what_was_never_recorded_is_not_played(place: Place, session: str) -> None:
    assert (await place.get(f"{BASE}/{session}/audio", 404))["code"] == "audio_not_found"


async def test_pages_may_play_what_is_ours(place: Place) -> None:
    async with place.http.get("/healthz") as answer:
        assert "media-src 'self'" in answer.headers["Content-Security-Policy"]


# --- the words on the stream, and the document ---
def test_the_words_on_the_stream_are_those_of_the_contract() -> None:
    data = {
        "job_id": "j", "at": "2026-01-01T00:00:00Z", "status": "running", "percent": 41.5, "stage": "transcribing",
        "message": "Transcribing", "estimate": {"starts_in": None, "finishes_in": {"p50": 30.0, "p90": 60.0}},
    }  # fmt: skip
    ((name, said),) = sessions_dialect("progress", data)
    assert name == "progress"
    assert said == {
        "session_id": "j", "job_id": "j", "status": "running", "stage": "transcribing", "progress": 41.5,
        "message": "Transcribing", "position": None, "updated_at": "2026-01-01T00:00:00Z",
        "estimated_time_remaining": 30.0,
    }  # fmt: skip
    own = {**data, "details": {"estimated_seconds_left": 12.5}}
    assert next(iter(sessions_dialect("progress", own)))[1]["estimated_time_remaining"] == 12.5
    assert next(iter(dialect_of("s")("progress", data)))[1]["session_id"] == "s"
    ((name, said),) = sessions_dialect(
        "failed", {**data, "error": {"code": "audio_empty", "message": "Nothing."}}
    )
    assert (name, said["status"], said["error"], said["code"]) == (
        "error",
        "failed",
        "Nothing.",
        "audio_empty",
    )
    ((name, said),) = sessions_dialect("cancelled", data)
    assert (name, said["code"]) == ("error", "cancelled")
    ((name, said),) = sessions_dialect(
        "completed", {**data, "output": {"session": {"warnings": ["diarizing_failed"]}}}
    )
    assert (name, said["progress"], said["partial"]) == ("complete", 100.0, True)
    assert list(sessions_dialect("item_completed", data)) == []
    assert list(sessions_dialect("ping", {"time": "t"})) == [("ping", {"time": "t"})]


async def test_the_answers_keep_to_the_document(place: Place, session: str) -> None:
    document = await place.get("/api/openapi.json")
    registry: Registry = Registry().with_resource(
        "urn:desk", Resource(contents=document, specification=DRAFT202012)
    )
    paths = {
        "/api/sessions": BASE,
        "/api/sessions/{session_id}": f"{BASE}/{session}",
        "/api/sessions/{session_id}/notes": f"{BASE}/{session}/notes",
        "/api/sessions/{session_id}/transcript/history": f"{BASE}/{session}/transcript/history",
    }
    await send(place, "PUT", f"{BASE}/{session}/speakers", {"speakers": {"S1": "Dr. Weber"}})
    for name, path in paths.items():
        schema = document["paths"][name]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        here = {"$ref": f"urn:desk{schema['$ref']}"}
        Draft202012Validator(here, registry=registry).validate(await place.get(path))


async def test_a_form_that_is_cut_off_leaves_nothing(place: Place) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nTherapist: he'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with place.http.post(f"{BASE}/upload", data=body, headers=headers) as answer:
        assert answer.status == 400
    assert place.kept_files() == []


def _everything() -> Any:
    from service.storage.port import EventScope

    return EventScope()
