"""The table in docs/accounts.md is the policy, and what everybody really gets on every route is the table."""

import re
from urllib.parse import quote

import pytest

from service.model.policy import Action
from service.storage.port import NewBatch
from tests.desk_process import frames
from tests.http import policy_matrix as matrix
from tests.http.conftest import BOOK, Start
from tests.http.people import ROLES, Person, Town
from tests.storage.makers import new_job

NAMES_NOTHING_OF_ANYBODYS = {"path", "slug", "kind", "name", "key"}
KEPT_IN_A_STORE_OF_ITS_OWN = {"code", "tracking", "document_id", "token_id", "user_id", "patient_id"}
"""What these name is looked for among what the caller has, or is an administrator's; see the tests of those routes."""


def test_the_page_has_the_table_that_routes_and_policy_make() -> None:
    assert matrix.BEGIN in matrix.PAGE.read_text("utf-8")
    expected = matrix.table().splitlines()
    found = matrix.PAGE.read_text("utf-8").split(matrix.BEGIN)[1].split(matrix.END)[0].strip().splitlines()
    assert found == expected, "run: python -m tests.http.policy_matrix"


def test_every_route_that_names_something_asks_whose_it_is() -> None:
    for _, route in matrix.every_route():
        names = set(re.findall(r"\{(\w+)", route.path)) - NAMES_NOTHING_OF_ANYBODYS
        if names and matrix.about_of(route) is None and matrix.action_of(route) is not Action.VISIT:
            assert names <= KEPT_IN_A_STORE_OF_ITS_OWN, f"{route.path} names {names}: give it an `about`"


def test_only_pages_health_and_the_login_are_open_to_everybody() -> None:
    is_open = {path for path, row in matrix.written().items() if row["nobody"] == "yes"}
    assert is_open == {
        "GET /",
        "GET /static/{path}",
        "GET /favicon.ico",
        "GET /problems/{slug}",
        "GET /docs",
        "GET /api/openapi.json",
        "GET /healthz",
        "GET /readyz",
        "GET /api/v1/auth/door",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/logout",
    }


class Walk:
    """Everybody on every route: what they get is what the page says."""

    def __init__(self, town: Town, persons: dict[str, Person | None]) -> None:
        self.town = town
        self.persons = persons
        self.things: dict[tuple[str | None, str], dict[str, str]] = {}

    async def add_things(self, kinds: list[str | None]) -> None:
        """Write, for each kind, a job and batch of Max's, one of Theo's about Pia, and one of Pia's own."""
        ids = {name: user.id for name, user in self.town.users.items()}
        store = self.town.place.desk.store
        for kind in kinds:
            for whose, (owner, subject) in {
                "Max's": (ids["Max"], None),
                "Theo's, about Pia": (ids["Theo"], ids["Pia"]),
                "Pia's": (ids["Pia"], ids["Pia"]),
            }.items():
                name = kind or "demo"
                batch = NewBatch(
                    f"batch-{name}-{whose[:3]}-{len(self.things)}", name, "t", 1.0, {}, owner, subject
                )
                job = new_job(kind=name, owner=owner, subject=subject, batch_id=batch.id, sequence=1)
                await store.create([job], batch)
                self.things[kind, whose] = {"job_id": job.id, "batch_id": batch.id, "session_id": job.id}

    def relation(self, name: str, whose: str) -> str:
        """Return what a thing is to somebody: their own, seen, or another's."""
        related = {
            "Max's": {"Max": matrix.OWN},
            "Theo's, about Pia": {"Theo": matrix.OWN, "Pia": matrix.SEEN},
            "Pia's": {"Theo": matrix.SEEN, "Pia": matrix.OWN},
        }
        return related[whose].get(name, matrix.OTHER)

    def expected(self, name: str, whose: str, row: dict[str, str]) -> str:
        """Return yes, or the status with which the page says that somebody is refused."""
        word = row["nobody" if self.persons[name] is None else str(ROLES[name])]
        if word in ("yes", "all", "401") or (word == "403" and row["another's"] == "-"):
            return "yes" if word == "all" else word
        relation = self.relation(name, whose) if "{" in row["route"] else matrix.OWN
        if relation == matrix.OTHER:
            return row["another's"]
        return "yes" if word == matrix.SEEN or (word, relation) == (matrix.OWN, matrix.OWN) else "403"

    async def seen(self, name: str, method: str, path: str) -> tuple[str, str]:
        """Return yes or the refusing status that somebody gets, and the code for people to read."""
        person = self.persons[name]
        headers = {"Accept": "text/html"} | (person.header if person else {})  # streams would stay open
        # A body that no route takes: whoever is let in changes nothing.
        body = None if method == "GET" else {"no route knows this": True}
        async with self.town.place.http.request(method, path, headers=headers, json=body) as answer:
            text = await answer.read()
            code = (await answer.json())["code"] if answer.status >= 400 else ""
        assert answer.status < 500, text
        refusals = {
            "unauthorized": "401",
            "forbidden": "403",
            "job_not_found": "404",
            "batch_not_found": "404",
        }
        return refusals.get(code, "yes"), code


@pytest.fixture
async def walk(start: Start) -> Walk:
    town = await Town(await start(accounts=True)).settle()
    persons: dict[str, Person | None] = {name: await town.as_(name) for name in ROLES}
    return Walk(town, persons | {"nobody": None})


@pytest.mark.timeout(300)
async def test_everybody_gets_on_every_route_what_the_page_says(walk: Walk) -> None:
    page, routes = matrix.written(), list(matrix.every_route())
    await walk.add_things(list(dict.fromkeys(kind for kind, _ in routes)))
    asked, wrong = 0, []
    for kind, route in routes:
        row = page[matrix.name_of(route)]
        is_about = row["another's"] != "-"
        for whose in ("Max's", "Theo's, about Pia", "Pia's") if is_about else ("Max's",):
            names = walk.things[kind, whose]
            path = re.sub(r"\{(\w+)[^{}]*\}", lambda m, n=names: quote(n.get(m[1], "x"), safe=""), route.path)
            for name in walk.persons:
                expected = walk.expected(name, whose, row)
                seen, code = await walk.seen(name, route.method, path)
                asked += 1
                if seen != expected:
                    wrong.append((name, whose, route.method, route.path, f"{seen} ({code}), not {expected}"))
    assert wrong == []
    assert asked > 1000


async def test_nothing_of_another_s_work_is_in_any_list_or_stream(start: Start) -> None:
    town = await Town(await start(accounts=True)).settle()
    place, max_, mia, theo = town.place, await town.as_("Max"), await town.as_("Mia"), await town.as_("Theo")
    body = {"kind": "demo", "title": "A secret title", "args": {"items": 1, "seconds": 0}}
    waiting = await max_.call("POST", "/api/v1/jobs", 202, body)
    form = place.form(BOOK.read_bytes(), "secret-file.epub")
    async with place.http.post("/api/v1/batches", data=form, headers=max_.header) as answer:
        batch = await answer.json()
    secrets = [
        waiting["id"],
        batch["id"],
        *(job["id"] for job in batch["jobs"]),
        max_.user.id,
        "secret",
        '"Max"',
    ]
    paths = [
        route.path for _, route in matrix.every_route() if route.method == "GET" and "{" not in route.path
    ]
    for person in (mia, theo):
        for path in paths:
            headers = {"Accept": "text/html"} | person.header  # streams would stay open
            async with place.http.get(path, headers=headers) as answer:
                told = await answer.text()
            assert [word for word in secrets if word in told] == [], path
    async with place.http.get(
        "/api/v1/events", headers={"Accept": "text/event-stream"} | mia.header
    ) as stream:
        reading = frames(stream)
        seen = [await anext(reading)]
        await max_.call("POST", f"/api/v1/jobs/{waiting['id']}/cancel", 202, {})
        await max_.call("POST", "/api/v1/jobs", 202, body)
        own = await mia.submit()
        async for frame in reading:
            seen.append(frame)
            if frame[0] == "queued" and frame[2]["job_id"] == own["id"]:
                break
    assert [word for word in secrets if word in str(seen)] == []
    async with place.http.get("/api/v1/queue/jobs", headers=mia.header) as answer:
        assert [job["id"] for job in (await answer.json())["jobs"]] == [own["id"]]
    (lane,) = [
        lane for lane in (await mia.call("GET", "/api/v1/queue", 200))["lanes"] if lane["name"] == "main"
    ]
    assert lane["waiting"] == 3
