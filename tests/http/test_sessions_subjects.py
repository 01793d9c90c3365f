"""Whom a session is about, by whichever path it is handed in; and that no copy of one outlives the right to see it."""

import json
from typing import Any

import pytest
from aiohttp import FormData

from tests.http.conftest import Place, Start
from tests.http.people import Person, Town
from tests.http.session_talks import BASE, form

JOBS = "/api/v1/jobs"


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


def job_form(**args: object) -> FormData:
    return form(part="files", kind="sessions", args=json.dumps(args))


async def sent(person: Person, path: str, body: FormData, status: int, **headers: str) -> dict[str, Any]:
    async with person.place.http.post(path, data=body, headers=person.header | headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def session_of(person: Person, patient: str) -> str:
    return str((await sent(person, f"{BASE}/upload?patient_id={patient}", form(), 202))["job_id"])


@pytest.mark.parametrize("path", [JOBS, "/api/v1/batches"])
async def test_a_job_of_this_kind_is_about_the_patient_that_its_args_name(town: Town, path: str) -> None:
    theo, pia, ada = [await town.as_(name) for name in ("Theo", "Pia", "Ada")]
    for named in (pia.user.id, "Pia"):
        made = await sent(theo, path, job_form(patient_id=named), 202)
        await pia.call("GET", made["links"]["self"], 200)
        job = made["jobs"][0] if "jobs" in made else made
        assert (await pia.call("GET", f"{BASE}/{job['id']}", 200))["patient_id"] == pia.user.id
    await ada.call("DELETE", "/api/v1/users/Theo/patients/Pia", 200)
    await theo.call("GET", made["links"]["self"], 404)


@pytest.mark.parametrize("path", [JOBS, "/api/v1/batches", f"{BASE}/upload"])
async def test_nobody_names_a_patient_in_args_whom_they_may_not_see(town: Town, path: str) -> None:
    theo, max_, ada = [await town.as_(name) for name in ("Theo", "Max", "Ada")]
    for person, named, status in (
        (theo, "Pete", 403), (theo, "nobody", 403), (theo, "Ada", 403), (max_, "Pia", 403), (ada, "nobody", 404),
        (theo, 5, 422),
    ):  # fmt: skip
        body = job_form(patient_id=named)
        if path.endswith("upload"):
            body = form(args=json.dumps({"patient_id": named}))
        await sent(person, path, body, status)
    assert town.place.kept_files() == []


async def test_a_refusal_does_not_tell_whether_there_is_such_an_account(town: Town) -> None:
    for name in ("Theo", "Max", "Pia"):
        person = await town.as_(name)
        said = set()
        for named in ("Pete", "Ada", "nobody", town.users["Pete"].id, "01890000-0000-7000-8000-000000000000"):
            refused = await sent(person, f"{BASE}/upload?patient_id={named}", form(), 403)
            said.add((refused["code"], refused["detail"], refused["remediation"]))
        assert len(said) == 1, said


async def test_the_form_of_an_upload_may_name_the_patient_but_not_another_than_the_address(
    town: Town,
) -> None:
    theo, ada, pia = [await town.as_(name) for name in ("Theo", "Ada", "Pia")]
    in_form = json.dumps({"patient_id": "Pia"})
    made = await sent(theo, f"{BASE}/upload", form(args=in_form), 202)
    await pia.call("GET", f"{BASE}/{made['session_id']}", 200)
    await sent(ada, f"{BASE}/upload?patient_id=Pete", form(args=in_form), 422)


async def test_files_of_a_session_stay_with_kinds_that_know_of_people(town: Town) -> None:
    theo, pia = await town.as_("Theo"), await town.as_("Pia")
    session = await session_of(theo, "Pia")
    for kind, args in (("ingestion", {}), ("demo", {}), ("shipping", {"command": "ship all"})):
        for path in (JOBS, "/api/v1/batches"):
            refused = await theo.call("POST", path, 403, {"kind": kind, "args": args, "inputs_of": session})
            assert refused["code"] == "forbidden"
    again = await theo.call("POST", JOBS, 202, {"kind": "sessions", "inputs_of": session})
    await pia.call("GET", f"{BASE}/{again['id']}", 200)


async def test_files_of_a_session_are_not_handed_on_to_another_patient(town: Town) -> None:
    ada = await town.as_("Ada")
    session = await session_of(ada, "Pia")
    body = {"kind": "sessions", "args": {"patient_id": "Pete"}, "inputs_of": session}
    await ada.call("POST", JOBS, 403, body)
    body["args"] = {"patient_id": "Pia"}
    await ada.call("POST", JOBS, 202, body)


async def test_a_session_about_somebody_else_is_another_request_under_the_same_key(town: Town) -> None:
    ada = await town.as_("Ada")
    key = {"Idempotency-Key": "once"}
    await sent(ada, f"{BASE}/upload?patient_id=Pia", form(), 202, **key)
    await sent(ada, f"{BASE}/upload?patient_id=Pia", form(), 202, **key)
    refused = await sent(ada, f"{BASE}/upload?patient_id=Pete", form(), 422, **key)
    assert refused["code"] == "idempotency_mismatch"


async def test_another_title_is_another_request_under_the_same_key(place: Place) -> None:
    headers = {"Idempotency-Key": "once"}
    for title, status in (("a", 202), ("a", 202), ("b", 422)):
        body = {"kind": "demo", "title": title}
        async with place.http.post(JOBS, json=body, headers=headers) as answer:
            assert answer.status == status


async def test_without_accounts_a_patient_is_a_label_and_files_go_where_one_likes(place: Place) -> None:
    async with place.http.post(JOBS, data=job_form(patient_id="nora")) as answer:
        made = await answer.json()
    assert (await place.get(f"{BASE}/{made['id']}"))["patient_id"] == "nora"
    await place.post(JOBS, {"kind": "demo", "inputs_of": made["id"]})
