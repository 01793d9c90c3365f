"""Who sees what of a session: by role, by patient, in exports and artifacts; and where no word of it may be."""

import io
import json
import zipfile
from typing import Any

import pytest

from service.storage.port import EventScope
from tests.http.conftest import Place, Start
from tests.http.people import Person, Town
from tests.http.session_talks import BASE, CLINICAL, done, fetch, form, hand_in, send


async def test_no_word_of_a_session_is_in_events_logs_or_numbers(place: Place) -> None:
    session = await done(place)
    job = await place.get(f"/api/v1/jobs/{session}")
    items = await place.get(f"/api/v1/jobs/{session}/items")
    async with place.http.get(f"/api/v1/jobs/{session}/log") as answer:
        log = await answer.text()
    async with place.http.get("/metrics") as answer:
        numbers = await answer.text()
    events = [event.data for event in await place.desk.store.events_after(0, EventScope(), 1000)]
    told = json.dumps([job | {"title": ""}, items, log, numbers, events])
    for word in ("better off", "Hard.", "lighter", "three good things"):
        assert word not in told
    assert all(file["name"] != "notes.json" for file in job["artifacts"])


async def test_a_deleted_session_leaves_nothing(place: Place) -> None:
    session = await done(place)
    edits = [{"id": "s1", "text": "a word of its own"}]
    await send(place, "PATCH", f"{BASE}/{session}/transcript", {"revision": 0, "edits": edits})
    async with place.http.delete(f"/api/v1/jobs/{session}") as answer:
        assert answer.status == 204
    await place.get(f"{BASE}/{session}", 404)
    left = [
        path
        for path in place.data_dir.rglob("*")
        if path.is_file() and b"a word of its own" in path.read_bytes()
    ]
    assert left == []


async def test_the_patient_is_not_in_the_request_log(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    await hand_in(place, "?patient_id=nora-kellermann")
    await place.get(f"{BASE}?patient_id=nora-kellermann")
    said = capsys.readouterr()
    assert "nora-kellermann" not in said.out + said.err


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


async def given(town: Town, person: Person, query: str = "", status: int = 202) -> dict[str, Any]:
    async with town.place.http.post(f"{BASE}/upload{query}", data=form(), headers=person.header) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def run_all(town: Town) -> None:
    ada = await town.as_("Ada")
    await ada.call("POST", "/api/v1/queue/resume", 200, {})


async def test_who_may_hand_in_what_and_see_it(town: Town) -> None:
    theo, pia, pete, max_ = [await town.as_(name) for name in ("Theo", "Pia", "Pete", "Max")]
    ada = await town.as_("Ada")
    async with town.place.http.post(f"{BASE}/upload", data=form()) as answer:
        assert answer.status == 401
    of_pia = await given(town, theo, f"?patient_id={pia.user.id}")
    await given(town, theo, f"?patient_id={pete.user.id}", 403)  # not a patient of Theo's
    await given(town, theo, "?patient_id=nobody", 403)
    await given(town, max_, f"?patient_id={pia.user.id}", 403)
    await given(town, pia, f"?patient_id={pete.user.id}", 403)
    by_name = await given(town, theo, "?patient_id=Pia")
    own = await given(town, pia)
    of_pete = await given(town, ada, "?patient_id=Pete")
    await given(town, ada, "?patient_id=nobody", 404)
    assert (await theo.call("GET", f"{BASE}/{by_name['session_id']}", 200))["patient_id"] == pia.user.id

    seen = {
        name: {one["session_id"] for one in (await person.call("GET", BASE, 200))["sessions"]}
        for name, person in {"Theo": theo, "Pia": pia, "Pete": pete, "Max": max_, "Ada": ada}.items()
    }
    of_pias = {of_pia["session_id"], by_name["session_id"], own["session_id"]}
    assert seen == {
        "Theo": of_pias, "Pia": of_pias, "Pete": {of_pete["session_id"]}, "Max": set(),
        "Ada": of_pias | {of_pete["session_id"]},
    }  # fmt: skip
    for rest in ("", "/notes", "/audio", "/export", "/status/stream", "/status/ws", "/transcript/history"):
        refused = await pete.call("GET", f"{BASE}/{own['session_id']}{rest}", 403)
        assert refused["code"] == "forbidden"
        await pete.call("GET", f"{BASE}/nope{rest}", 404)
    async with town.place.http.get(f"{BASE}/{own['session_id']}") as answer:
        assert answer.status == 401


async def test_a_patient_reads_what_is_for_them_and_nothing_else(town: Town) -> None:
    theo, pia = await town.as_("Theo"), await town.as_("Pia")
    made = await given(town, theo, "?patient_id=Pia")
    await run_all(town)
    async with town.place.http.get(f"/api/v1/jobs/{made['job_id']}/events", headers=theo.header) as stream:
        await stream.read()
    path = f"{BASE}/{made['session_id']}"
    whole = await theo.call("GET", f"{path}/notes", 200)
    assert (whole["role_view"], bool(whole["risk_flags"])) == ("clinical", True)
    part = await pia.call("GET", f"{path}/notes", 200)
    assert part["role_view"] == "patient"
    assert not CLINICAL & part.keys()
    assert part["action_items"] == whole["action_items"]
    assert part["patient_summary"] == whole["patient_summary"]
    assert set(part["evidence"]) == {"patient_summary"}
    shown = await pia.call("GET", path, 200)
    assert shown["transcript"]["segments"]
    assert shown["viewer"] == {"role": "patient", "can_edit": False, "sees_clinical": False}
    for form_name in ("md", "docx"):
        _, content, _ = await fetch(town.place, f"{path}/export?format={form_name}", **pia.header)
        text = (
            zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml") if form_name == "docx" else content
        )
        assert b"suicidal" not in text
        assert b"Action items" in text
    _, content, _ = await fetch(town.place, f"/api/v1/jobs/{made['job_id']}/artifacts.zip", **pia.header)
    assert b"suicidal_ideation" not in content
    assert "notes.json" not in zipfile.ZipFile(io.BytesIO(content)).namelist()

    edits = {"revision": 0, "edits": [{"id": "s1", "text": "x"}]}
    await pia.call("PATCH", f"{path}/transcript", 403, edits)
    await pia.call("PUT", f"{path}/speakers", 403, {"speakers": {"S1": "x"}})
    changed = await theo.call("PATCH", f"{path}/transcript", 200, edits)
    assert changed["revision"] == 1
    assert (await theo.call("GET", f"{path}/transcript/history", 200))["edits"][0]["editor"] == "Theo"


async def test_what_was_opened_and_changed_is_in_the_audit_log(town: Town) -> None:
    theo, ada = await town.as_("Theo"), await town.as_("Ada")
    made = await given(town, theo, "?patient_id=Pia")
    await theo.call("GET", f"{BASE}/{made['session_id']}", 200)
    entries = (await ada.call("GET", "/api/v1/audit", 200))["entries"]
    opened = [one for one in entries if one["action"] == "session.opened"]
    assert [(one["actor_name"], one["about"]) for one in opened] == [("Theo", made["session_id"])]
