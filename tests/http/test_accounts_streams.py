"""Streams are opened by tickets, and end when the right to read them does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientResponse

from app import open_people
from service.accounts.people import COMMAND_LINE
from service.accounts.tickets import LIFETIME_SECONDS
from service.http.keys import DOORKEEPER
from service.model.accounts import Role
from tests.desk_process import frames
from tests.http.conftest import Start
from tests.http.people import Person, Town

SSE = {"Accept": "text/event-stream"}
EVENTS = "/api/v1/events"
AUTH = "/api/v1/auth"
Change = Callable[[Town, Person], Awaitable[object]]


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


@asynccontextmanager
async def opened(person: Person) -> AsyncIterator[AsyncIterator[tuple]]:
    """Open a person's stream of everything and read its first frame."""
    async with person.place.http.get(EVENTS, headers=SSE | person.header) as answer:
        reading = frames(answer)
        await anext(reading)
        yield reading


async def rest(reading: AsyncIterator[tuple]) -> list[str]:
    """Read a stream to its end, which comes by itself or the test fails by its time-out; return the names."""
    return [name async for name, _, _ in reading]


async def ticket_of(person: Person) -> str:
    return (await person.call("POST", f"{AUTH}/ticket", 201))["ticket"]


async def by_ticket(town: Town, ticket: str, path: str = EVENTS) -> int:
    """Return the status of a request with a ticket, which a stream is left again."""
    answer: ClientResponse
    async with town.place.http.get(f"{path}?ticket={ticket}", headers={"Accept": "*/*"}) as answer:
        return answer.status


async def test_a_ticket_opens_one_stream_once(town: Town) -> None:
    max_ = await town.as_("Max")
    ticket = await ticket_of(max_)
    assert await by_ticket(town, ticket) == 200
    assert await by_ticket(town, ticket) == 401
    assert await by_ticket(town, "no-ticket") == 401


async def test_a_ticket_opens_files_and_no_json_and_nothing_but_get(town: Town) -> None:
    max_ = await town.as_("Max")
    job = await max_.submit()
    ticket = await ticket_of(max_)
    for method, path in (
        ("GET", "/api/v1/jobs"),
        ("POST", f"/api/v1/jobs/{job['id']}/cancel"),
        ("HEAD", "/docs"),
    ):
        async with town.place.http.request(method, f"{path}?ticket={ticket}") as answer:
            assert answer.status == (200 if path == "/docs" else 401)
    assert await by_ticket(town, ticket, f"/api/v1/jobs/{job['id']}/log") == 200
    assert await by_ticket(town, ticket, f"/api/v1/jobs/{job['id']}/log") == 401


async def test_a_ticket_opens_only_what_its_owner_may_see(town: Town) -> None:
    job = await (await town.as_("Max")).submit()
    mia = await town.as_("Mia")
    assert await by_ticket(town, await ticket_of(mia), f"/api/v1/jobs/{job['id']}/log") == 404


async def test_a_ticket_is_good_for_a_minute_and_no_longer_than_the_login(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    max_ = await town.as_("Max")
    late, of_ended = await ticket_of(max_), await ticket_of(max_)
    tickets = town.place.app[DOORKEEPER]._tickets
    now = tickets._clock()
    monkeypatch.setattr(tickets, "_clock", lambda: now + LIFETIME_SECONDS + 1)
    assert await by_ticket(town, late) == 401
    monkeypatch.setattr(tickets, "_clock", lambda: now)
    await max_.call("POST", f"{AUTH}/logout", 204)
    assert await by_ticket(town, of_ended) == 401


async def log_out(_: Town, person: Person) -> None:
    await person.call("POST", f"{AUTH}/logout", 204)


async def steal(town: Town, person: Person) -> None:
    for status in (200, 401):
        await town.place.post(f"{AUTH}/refresh", {"refresh_token": person.granted["refresh_token"]}, status)


async def disable(town: Town, person: Person) -> None:
    ada = await town.as_("Ada")
    await ada.call("PATCH", f"/api/v1/users/{person.user.id}", 200, {"is_disabled": True})


async def remove(town: Town, person: Person) -> None:
    await (await town.as_("Ada")).call("DELETE", f"/api/v1/users/{person.user.id}", 204)


async def reassign(town: Town, _: Person) -> None:
    await (await town.as_("Ada")).call("DELETE", "/api/v1/users/Theo/patients/Pia", 200)


async def disable_elsewhere(town: Town, person: Person) -> None:
    async with open_people(town.place.data_dir) as people:
        await people.change(COMMAND_LINE, person.user.id, is_disabled=True)


async def unassign_elsewhere(town: Town, _: Person) -> None:
    async with open_people(town.place.data_dir) as people:
        await people.assign(COMMAND_LINE, "Theo", "Pia", is_assigned=False)


async def promote_elsewhere(town: Town, person: Person) -> None:
    async with open_people(town.place.data_dir) as people:
        await people.change(COMMAND_LINE, person.user.id, role=Role.ADMIN)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "change",
    [log_out, steal, disable, remove, reassign, disable_elsewhere, unassign_elsewhere, promote_elsewhere],
    ids=lambda change: change.__name__,
)
async def test_a_stream_ends_with_the_right_to_read_it_and_the_streams_of_others_go_on(
    town: Town, change: Change
) -> None:
    theo, max_ = await town.as_("Theo"), await town.as_("Max")
    async with opened(theo) as reading, opened(max_) as other:
        await change(town, theo)
        assert (await rest(reading))[-1] == "bye"
        await max_.submit()
        assert (await anext(other))[0] == "queued"


@pytest.mark.timeout(60)
async def test_a_stream_ends_with_its_token(start: Start) -> None:
    town = await Town(await start(accounts=True, access_token_seconds=1)).settle()
    max_ = await town.as_("Max")
    async with opened(max_) as reading:
        assert (await rest(reading))[-1] == "bye"
    await max_.call("GET", f"{AUTH}/me", 401)
    renewed = await town.place.post(f"{AUTH}/refresh", {"refresh_token": max_.granted["refresh_token"]}, 200)
    assert renewed["expires_in"] == 1


@pytest.mark.timeout(60)
async def test_a_stream_opened_by_a_ticket_or_an_api_token_ends_with_what_it_came_from(town: Town) -> None:
    max_ = await town.as_("Max")
    made = await max_.call("POST", f"{AUTH}/tokens", 201, {"name": "script"})
    script = Person(town.place, {"access_token": made["token"]}, max_.user)
    ticket = await ticket_of(max_)
    async with opened(script) as reading:
        async with town.place.http.get(f"{EVENTS}?ticket={ticket}", headers=SSE) as answer:
            by_the_ticket = frames(answer)
            await anext(by_the_ticket)
            await max_.call("POST", f"{AUTH}/logout", 204)
            assert (await rest(by_the_ticket))[-1] == "bye"
        again = await town.as_("Max")
        await again.call("DELETE", f"{AUTH}/tokens/{made['id']}", 204)
        assert (await rest(reading))[-1] == "bye"
