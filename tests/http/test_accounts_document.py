"""What the routes of accounts really answer is what the OpenAPI document says, and the document says who may."""

import pytest

from tests.http.conftest import Start
from tests.http.people import PASSWORD, Town
from tests.http.test_openapi import Held

V1 = "/api/v1"


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


async def test_real_answers_about_accounts_are_as_the_document_says(town: Town) -> None:
    held = Held(await town.place.get("/api/openapi.json"))
    ada, max_ = await town.as_("Ada"), await town.as_("Max")

    async def call(
        method: str, template: str, status: int, body: object = None, *, by: dict | None = None, **names: str
    ) -> dict:
        path = template
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        sent = ada.header if by is None else by
        async with town.place.http.request(method, path, json=body, headers=sent) as answer:
            said = await answer.json(content_type=None)
            assert answer.status == status, said
        held.check(method.lower(), template, status, answer.content_type, said)
        return said

    user, patients = f"{V1}/users/{{user_id}}", f"{V1}/users/{{user_id}}/patients"
    granted = await call("POST", f"{V1}/auth/login", 200, {"name": "Max", "password": PASSWORD}, by={})
    await call("POST", f"{V1}/auth/refresh", 200, {"refresh_token": granted["refresh_token"]}, by={})
    await call("POST", f"{V1}/auth/refresh", 401, {"refresh_token": granted["refresh_token"]}, by={})
    await call("POST", f"{V1}/auth/login", 401, {"name": "Max", "password": "x"}, by={})
    await call("POST", f"{V1}/auth/login", 422, {}, by={})
    await call("GET", f"{V1}/auth/door", 200, by={})
    await call("GET", f"{V1}/auth/me", 200)
    await call("GET", f"{V1}/auth/me", 401, by={})
    await call("POST", f"{V1}/auth/ticket", 201, {})
    await call("POST", f"{V1}/auth/tokens", 201, {"name": "one", "expires_in_days": 1})
    await call("POST", f"{V1}/auth/tokens", 201, {"name": "two"})
    await call("GET", f"{V1}/auth/tokens", 200)
    await call("POST", f"{V1}/users", 201, {"name": "Bea", "password": PASSWORD, "role": "patient"})
    await call("POST", f"{V1}/users", 409, {"name": "Bea", "password": PASSWORD, "role": "patient"})
    await call("GET", f"{V1}/users", 200)
    await call("GET", f"{V1}/users", 403, by=max_.header)
    await call("POST", patients, 200, {"patient_id": "Bea"}, user_id="Theo")
    await call("DELETE", f"{patients}/{{patient_id}}", 200, user_id="Theo", patient_id="Bea")
    await call("PATCH", user, 200, {"is_disabled": True}, user_id="Bea")
    await call("PATCH", user, 404, {}, user_id="Nobody")
    await call("DELETE", user, 409, user_id="Ada")
    await call("GET", f"{V1}/audit", 200)
    assert len(held.seen) == 21


async def test_every_operation_says_how_one_is_known(town: Town) -> None:
    document = await town.place.get("/api/openapi.json")
    schemes = document["components"]["securitySchemes"]
    assert sorted(schemes) == ["cookie", "ticket", "token"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            ways = {name for way in operation["security"] for name in way}
            is_open = operation["security"] == [{}]
            assert is_open or {"token", "cookie"} <= ways, path
            assert ("401" in operation["responses"]) or is_open, path
            assert "ticket" not in ways or method == "get", path
    assert {"ticket": []} in document["paths"]["/api/v1/events"]["get"]["security"]
    assert {"ticket": []} not in document["paths"]["/api/v1/jobs"]["get"]["security"]
