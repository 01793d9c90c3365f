"""A desk with a past: thousands of finished or waiting jobs, written into the database while no server has it."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import Page

from tests.browser.window import Server

_COLUMNS = (
    "id, kind, kind_version, title, status, lane, rank, attempt, error, created_at, started_at, finished_at"
)
_ERROR = '{"code": "oven_cold", "message": "The oven is cold", "remediation": null, "retriable": true}'
_FINISHED = ("completed", "completed", "completed", "failed", "cancelled")


def job_id(number: int) -> str:
    """Return the id of the made-up job of this number."""
    return f"01890000-0000-7000-8000-{number:012d}"


def _finished(count: int, now: float) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        status = _FINISHED[number % len(_FINISHED)]
        at = now - 3600 - (count - number) * 60
        error = _ERROR if status == "failed" else None
        yield (
            job_id(number),
            "demo",
            1,
            f"past {number}",
            status,
            "main",
            None,
            1,
            error,
            at,
            at + 5,
            at + 20,
        )


def _waiting(count: int, now: float) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        at = now - count + number
        # fmt: off
        yield (job_id(number), "demo", 1, f"waiting {number}", "queued", "main", number << 20, 0, None, at, None, None)
        # fmt: on


async def fill(page: Page, server: Server, *, finished: int = 0, waiting: int = 0) -> None:
    """Stop the desk, give it a past (or a line), start it again, and leave the page where nothing is open."""
    await page.goto("about:blank")
    await server.stop()
    now = time.time()
    rows = [*_finished(finished, now), *_waiting(waiting, now)]
    marks = ", ".join("?" * len(_COLUMNS.split(",")))
    with sqlite3.connect(Path(server.data_dir) / "nowserving.db") as connection:
        connection.executemany(f"INSERT INTO jobs ({_COLUMNS}) VALUES ({marks})", rows)
        connection.executemany(
            "UPDATE jobs SET args = ? WHERE id = ?", [('{"items": 1, "seconds": 0}', row[0]) for row in rows]
        )
    connection.close()
    await server.start()
