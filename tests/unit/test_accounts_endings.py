"""Whose time is over is found by one look, also when much happens while it goes on."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast

import pytest

from service.accounts.doorkeeper import Doorkeeper
from service.accounts.housekeeping import keep_tidy
from service.http.endings import Endings
from service.model.accounts import Caller, Role

MAX = Caller("max", "Max", Role.MEMBER, means="bearer", session_id="of max")
THEO = Caller("theo", "Theo", Role.THERAPIST, frozenset({"pia"}), "cookie", "of theo")


class Book:
    """Who is signed in, as a database would tell; `gate` holds an answer back."""

    def __init__(self) -> None:
        self.callers = {"of max": MAX, "of theo": THEO}
        self.number = 0
        self.asked: list[set[str]] = []
        self.began = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.looks = asyncio.Queue[None]()
        self.failures = 0

    async def present(self, session_ids: Collection[str]) -> Mapping[str, Caller]:
        self.asked.append(set(session_ids))
        self.began.set()
        found = {session: caller for session, caller in self.callers.items() if session in session_ids}
        await self.gate.wait()
        self.looks.put_nowait(None)
        return found

    async def version(self) -> int:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is gone")
        return self.number


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def endings(book: Book) -> Endings:
    return Endings(book.present, book.version, look_seconds=0.001)


async def test_one_read_ends_those_whose_login_is_over_once_and_leaves_the_others(
    book: Book, endings: Endings
) -> None:
    ended: list[str] = []
    for number in range(3):
        endings.watch(MAX, lambda n=number: ended.append(f"max {n}"))
    endings.watch(THEO, lambda: ended.append("theo"))
    del book.callers["of max"]
    await endings.look()
    await endings.look()
    assert ended == ["max 0", "max 1", "max 2"]
    assert book.asked == [{"of max", "of theo"}, {"of theo"}]


@pytest.mark.parametrize(
    "now",
    [
        replace(THEO, role=Role.MEMBER),
        replace(THEO, patients=frozenset()),
        replace(THEO, patients=frozenset({"pia", "pete"})),
    ],
)
async def test_another_view_ends_a_stream(book: Book, endings: Endings, now: Caller) -> None:
    ended = asyncio.Event()
    endings.watch(THEO, ended.set)
    await endings.look()
    assert not ended.is_set()
    book.callers["of theo"] = now
    await endings.look()
    assert ended.is_set()


async def test_what_proves_who_one_is_may_differ(book: Book, endings: Endings) -> None:
    ended = asyncio.Event()
    endings.watch(replace(MAX, means="ticket", expires_at=4_000_000_000.0), ended.set)
    await endings.look()
    assert not ended.is_set()


async def test_who_comes_while_the_database_is_asked_is_not_taken_for_somebody_who_is_gone(
    book: Book, endings: Endings
) -> None:
    ended = asyncio.Event()
    endings.watch(MAX, lambda: None)
    book.gate.clear()
    look = asyncio.ensure_future(endings.look())
    await book.began.wait()
    endings.watch(THEO, ended.set)
    book.gate.set()
    await look
    assert not ended.is_set()


async def test_it_looks_by_itself_when_something_changed_and_after_a_failure(
    book: Book, endings: Endings
) -> None:
    ended = asyncio.Event()
    endings.watch(MAX, lambda: None)
    book.failures = 2
    endings.start()
    try:
        await book.looks.get()
        endings.watch(THEO, ended.set)  # asks for a look of its own: what changed since its request counts
        await book.looks.get()
        del book.callers["of theo"]
        book.number += 1
        async with asyncio.timeout(30):
            await ended.wait()
    finally:
        await endings.close()


async def test_a_watch_that_was_taken_back_ends_nothing(book: Book, endings: Endings) -> None:
    forget = endings.watch(MAX, lambda: pytest.fail("it was taken back"))
    late = replace(MAX, expires_at=0.0)
    endings.watch(late, lambda: pytest.fail("it was taken back"))()
    forget()
    forget()
    book.callers.clear()
    await endings.look()
    assert book.asked == []
    await asyncio.sleep(0)


async def test_a_token_that_ends_by_itself_ends_its_stream(endings: Endings) -> None:
    ended = asyncio.Event()
    endings.watch(replace(MAX, expires_at=1.0), ended.set)
    async with asyncio.timeout(30):
        await ended.wait()


async def test_a_token_that_ended_while_the_machine_slept_ends_its_stream(book: Book) -> None:
    now = [1000.0]
    endings = Endings(book.present, book.version, look_seconds=0.001, clock=lambda: now[0])
    ended = asyncio.Event()
    endings.watch(replace(MAX, expires_at=2800.0), ended.set)
    endings.watch(replace(MAX, expires_at=9999.0), lambda: pytest.fail("this one is good still"))
    endings.start()
    try:
        await book.looks.get()
        assert not ended.is_set()
        now[0] = 2800.0  # a timer of half an hour has not moved
        async with asyncio.timeout(30):
            await ended.wait()
    finally:
        await endings.close()


async def test_housekeeping_goes_on_after_a_failure_and_ends_with_the_service() -> None:
    purged = asyncio.Queue[int]()

    class Keeper:
        count = 0

        async def purge(self) -> None:
            self.count += 1
            purged.put_nowait(self.count)
            if self.count == 1:
                raise OSError("the disk is full")

    async with keep_tidy(cast("Doorkeeper", Keeper()), every_seconds=0.001), asyncio.timeout(30):
        assert [await purged.get() for _ in range(3)] == [1, 2, 3]
    async with keep_tidy(None):
        pass
