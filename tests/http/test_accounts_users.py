"""Accounts over HTTP: kept by administrators, and in force at once."""

import pytest

from tests.http.conftest import Start
from tests.http.people import PASSWORD, Person, Town
from tests.http.session_talks import form

USERS = "/api/v1/users"
ME = "/api/v1/auth/me"


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


@pytest.fixture
async def ada(town: Town) -> Person:
    return await town.as_("Ada")


async def test_an_administrator_makes_changes_and_removes_accounts(town: Town, ada: Person) -> None:
    body = {"name": "Bea  Green", "password": "battery staple", "role": "therapist"}
    bea = await ada.call("POST", USERS, 201, body)
    assert (bea["name"], bea["role"], bea["patients"], bea["is_disabled"]) == (
        "Bea Green",
        "therapist",
        [],
        False,
    )
    assert "password" not in str(bea)
    await town.login("bea green", "battery staple")
    listed = (await ada.call("GET", USERS, 200))["users"]
    assert [user["name"] for user in listed] == ["Ada", "Bea Green", "Max", "Mia", "Pete", "Pia", "Theo"]
    assert bea in listed
    changes = {"name": "Bea", "role": "member", "password": "tractor battery"}
    changed = await ada.call("PATCH", f"{USERS}/{bea['id']}", 200, changes)
    assert (changed["name"], changed["role"], changed["id"]) == ("Bea", "member", bea["id"])
    await town.login("Bea", "tractor battery")
    await ada.call("DELETE", f"{USERS}/Bea", 204)
    await ada.call("DELETE", f"{USERS}/Bea", 404)
    await ada.call("PATCH", f"{USERS}/{bea['id']}", 404, {})


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"name": ""}, 422, "/name"),
        ({"name": "a\u0000b"}, 422, "/name"),
        ({"name": "mAX"}, 409, None),
        ({"password": "short"}, 422, "/password"),
        ({"role": "king"}, 422, "/role"),
        ({"id": "x"}, 422, "/id"),
    ],
)
async def test_an_unfit_account_is_refused_and_said_where(
    ada: Person, changes: dict, status: int, pointer: str | None
) -> None:
    body = {"name": "Bea", "password": PASSWORD, "role": "member"} | changes
    refusal = await ada.call("POST", USERS, status, body)
    assert [error["pointer"] for error in refusal["errors"]] == ([pointer] if pointer else [])


async def test_the_last_administrator_stays(ada: Person) -> None:
    for method, body in (("PATCH", {"role": "member"}), ("PATCH", {"is_disabled": True}), ("DELETE", None)):
        refusal = await ada.call(method, f"{USERS}/{ada.user.id}", 409, body)
        assert refusal["code"] == "last_admin"
    await ada.call("GET", ME, 200)


async def test_a_patient_is_given_to_a_therapist_by_id_or_name_and_taken_away(
    town: Town, ada: Person
) -> None:
    theo, pete = town.users["Theo"], town.users["Pete"]
    path = f"{USERS}/{theo.id}/patients"
    given = await ada.call("POST", path, 200, {"patient_id": pete.id})
    assert [patient["name"] for patient in given["patients"]] == ["Pete", "Pia"]
    me = await (await town.as_("Theo")).call("GET", ME, 200)
    assert me["patients"] == given["patients"]
    taken = await ada.call("DELETE", f"{path}/pete", 200)
    assert [patient["name"] for patient in taken["patients"]] == ["Pia"]
    assert (await ada.call("POST", f"{USERS}/Theo/patients", 200, {"patient_id": "Pete"})) == given
    refusal = await ada.call("POST", path, 422, {"patient_id": "Max"})
    assert [error["pointer"] for error in refusal["errors"]] == ["/patient_id"]
    refusal = await ada.call("POST", f"{USERS}/Max/patients", 422, {"patient_id": "Pia"})
    assert [error["pointer"] for error in refusal["errors"]] == ["/user_id"]
    await ada.call("POST", path, 404, {"patient_id": "Nobody"})


async def test_who_is_kept_out_is_out_at_once_with_every_token(town: Town, ada: Person) -> None:
    max_ = await town.as_("Max")
    made = await max_.call("POST", "/api/v1/auth/tokens", 201, {"name": "script"})
    script = Person(town.place, {"access_token": made["token"]}, max_.user)
    await script.call("GET", ME, 200)
    await ada.call("PATCH", f"{USERS}/Max", 200, {"is_disabled": True})
    for person in (max_, script):
        await person.call("GET", ME, 401)
    refresh = {"refresh_token": max_.granted["refresh_token"]}
    await town.place.post("/api/v1/auth/refresh", refresh, 401)
    await town.place.post("/api/v1/auth/login", {"name": "Max", "password": PASSWORD}, 401)
    await ada.call("PATCH", f"{USERS}/Max", 200, {"is_disabled": False})
    await max_.call("GET", ME, 401)
    await town.login("Max")


async def test_a_password_that_an_administrator_gives_ends_every_token_and_one_s_own_only_other_logins(
    town: Town, ada: Person
) -> None:
    max_ = await town.as_("Max")
    made = await max_.call("POST", "/api/v1/auth/tokens", 201, {"name": "script"})
    script = Person(town.place, {"access_token": made["token"]}, max_.user)
    own = {"password": PASSWORD, "new_password": "battery staple"}
    await max_.call("POST", "/api/v1/auth/password", 204, own)
    await script.call("GET", ME, 200)
    await ada.call("PATCH", f"{USERS}/Max", 200, {"password": "tractor battery"})
    for person in (max_, script):
        await person.call("GET", ME, 401)


async def test_a_role_is_the_one_in_the_database_not_the_one_at_the_login(town: Town, ada: Person) -> None:
    max_ = await town.as_("Max")
    await max_.call("GET", USERS, 403)
    await ada.call("PATCH", f"{USERS}/Max", 200, {"role": "admin"})
    await max_.call("GET", USERS, 200)
    await ada.call("PATCH", f"{USERS}/Max", 200, {"role": "patient"})
    await max_.call("GET", USERS, 403)
    await max_.call("POST", "/api/v1/jobs", 403, {"kind": "demo"})


async def test_jobs_outlive_the_account_of_their_owner_for_administrators(town: Town, ada: Person) -> None:
    max_ = await town.as_("Max")
    job = await max_.submit()
    await ada.call("DELETE", f"{USERS}/Max", 204)
    await max_.call("GET", f"/api/v1/jobs/{job['id']}", 401)
    assert (await ada.call("GET", f"/api/v1/jobs/{job['id']}", 200))["owner"] == max_.user.id


async def test_a_namesake_does_not_inherit(town: Town, ada: Person) -> None:
    max_ = await town.as_("Max")
    job = await max_.submit()
    await ada.call("DELETE", f"{USERS}/Max", 204)
    await ada.call("POST", USERS, 201, {"name": "Max", "password": PASSWORD, "role": "member"})
    second = Person(town.place, await town.login("Max"), max_.user)
    await second.call("GET", f"/api/v1/jobs/{job['id']}", 404)
    await max_.call("GET", ME, 401)


async def test_the_audit_log_says_who_did_what_and_from_where(town: Town, ada: Person) -> None:
    body = {"name": "Bea", "password": "battery staple", "role": "member"}
    bea = await ada.call("POST", USERS, 201, body)
    await ada.call("PATCH", f"{USERS}/{bea['id']}", 200, {"password": "tractor battery", "role": "patient"})
    await ada.call("POST", f"{USERS}/Theo/patients", 200, {"patient_id": "Bea"})
    await town.place.post("/api/v1/auth/login", {"name": "Bea", "password": "wrong horse"}, 401)
    await town.place.post("/api/v1/auth/login", {"name": "my password", "password": "x"}, 401)
    await ada.call("DELETE", f"{USERS}/Bea", 204)
    log = (await ada.call("GET", "/api/v1/audit?limit=6", 200))["entries"]
    told = [(entry["action"], entry["about"], entry["actor_name"], entry["address"]) for entry in log]
    assert told == [
        ("user.deleted", bea["id"], "Ada", "127.0.0.1"),
        ("login.failed", None, None, "127.0.0.1"),
        ("login.failed", bea["id"], None, "127.0.0.1"),
        ("patient.assigned", bea["id"], "Ada", "127.0.0.1"),
        ("user.changed", bea["id"], "Ada", "127.0.0.1"),
        ("user.added", bea["id"], "Ada", "127.0.0.1"),
    ]
    assert log[4]["details"] == {"role": "patient", "password": "changed"}
    for secret in ("battery staple", "tractor battery", "wrong horse", "my password"):
        assert secret not in str(log)


async def test_the_audit_log_is_read_in_pages(ada: Person) -> None:
    whole = (await ada.call("GET", "/api/v1/audit", 200))["entries"]
    assert len(whole) > 5
    pages, cursor = [], ""
    while cursor is not None:
        page = await ada.call("GET", f"/api/v1/audit?limit=3{f'&cursor={cursor}' if cursor else ''}", 200)
        pages += page["entries"]
        cursor = page["next_cursor"]
    assert pages == whole
    mine = await ada.call("GET", f"/api/v1/audit?user_id={ada.user.id}&action=login.begun", 200)
    assert [entry["actor_name"] for entry in mine["entries"]] == ["Ada"]


async def test_files_of_an_earlier_job_are_used_by_those_who_see_it_and_stay_about_whom_they_were(
    town: Town, ada: Person
) -> None:
    theo, max_, mia = [await town.as_(name) for name in ("Theo", "Max", "Mia")]
    talk = form(kind="sessions", args='{"patient_id": "Pia"}', part="files")
    async with town.place.http.post("/api/v1/jobs", data=talk, headers=theo.header) as answer:
        of_theo = await answer.json()
    of_max = await max_.submit()
    again = {"kind": "demo", "inputs_of": of_max["id"]}
    refusal = await mia.call("POST", "/api/v1/jobs", 422, again)
    assert refusal["code"] == "inputs_not_found"
    assert (await max_.call("POST", "/api/v1/jobs", 202, again))["owner"] == max_.user.id
    copy = await theo.call("POST", "/api/v1/jobs", 202, {"kind": "sessions", "inputs_of": of_theo["id"]})
    await ada.call("DELETE", f"{USERS}/Theo/patients/Pia", 200)
    for job_id in (of_theo["id"], copy["id"]):
        await theo.call("GET", f"/api/v1/jobs/{job_id}", 404)
