"""Durable submissions a second: the store's group commit against a commit for each row.

    python -m bench.submissions [--jobs 3000] [--at-once 64] [--rounds 3]

Ours writes a job with its input and its `queued` event, answered after the commit (WAL, synchronous=FULL).
The peers write the same three rows with the same pragmas: `sqlite3` with a commit for each job, and
`aiosqlite` shared by as many coroutines, each committing for itself. Folders are on the same disk.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import aiosqlite

from service.model.artifacts import Input
from service.storage.port import NewJob
from service.storage.sqlite.database import PRAGMAS
from service.storage.sqlite.store import SqliteStore

MIGRATIONS = Path(__file__).parents[1] / "migrations"
JOB = "INSERT INTO jobs VALUES (?, ?, ?, ?)"
FILE = "INSERT INTO inputs VALUES (?, ?, ?)"
EVENT = "INSERT INTO events (job, data) VALUES (?, ?)"
SCHEMA = """
CREATE TABLE jobs (id TEXT PRIMARY KEY, kind TEXT, title TEXT, args TEXT);
CREATE TABLE inputs (job TEXT, name TEXT, sha256 TEXT);
CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT, data TEXT);
"""


async def ours(folder: Path, jobs: int, at_once: int) -> float:
    """Return jobs a second through the store."""
    store = await SqliteStore.open(folder / "ours.db", MIGRATIONS)
    numbers = iter(range(jobs))

    async def submitter() -> None:
        for number in numbers:
            file = Input("book.epub", "application/epub+zip", 100, f"{number:064x}")
            job = NewJob(f"job-{number}", "demo", 1, "A job", "main", number, 1, time.time(), inputs=(file,))
            await store.create([job])

    begin = time.perf_counter()
    await asyncio.gather(*(submitter() for _ in range(at_once)))
    seconds = time.perf_counter() - begin
    await store.close()
    return jobs / seconds


def one_by_one(folder: Path, jobs: int) -> float:
    """Return jobs a second with a commit for each."""
    db = sqlite3.connect(folder / "plain.db", isolation_level=None)
    for pragma in PRAGMAS:
        db.execute(pragma)
    db.executescript(SCHEMA)
    begin = time.perf_counter()
    for number in range(jobs):
        db.execute("BEGIN IMMEDIATE")
        db.execute(JOB, (f"job-{number}", "demo", "A job", "{}"))
        db.execute(FILE, (f"job-{number}", "book.epub", f"{number:064x}"))
        db.execute(EVENT, (f"job-{number}", '{"status":"queued","position":1}'))
        db.execute("COMMIT")
    seconds = time.perf_counter() - begin
    db.close()
    return jobs / seconds


async def shared_aiosqlite(folder: Path, jobs: int, at_once: int) -> float:
    """Return jobs a second when coroutines take turns on one aiosqlite connection, each with its own commit."""
    turn = asyncio.Lock()
    numbers = iter(range(jobs))
    async with aiosqlite.connect(folder / "aio.db", isolation_level=None) as db:
        for pragma in PRAGMAS:
            await db.execute(pragma)
        await db.executescript(SCHEMA)

        async def submitter() -> None:
            for number in numbers:
                async with turn:  # without it, coroutines commit each other's rows
                    await db.execute("BEGIN IMMEDIATE")
                    await db.execute(JOB, (f"job-{number}", "demo", "A job", "{}"))
                    await db.execute(FILE, (f"job-{number}", "book.epub", f"{number:064x}"))
                    await db.execute(EVENT, (f"job-{number}", '{"status":"queued","position":1}'))
                    await db.execute("COMMIT")

        begin = time.perf_counter()
        await asyncio.gather(*(submitter() for _ in range(at_once)))
        seconds = time.perf_counter() - begin
    return jobs / seconds


def main() -> None:
    """Run the contenders in turn and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures: dict[str, list[float]] = {
        "ours": [],
        "aiosqlite, a commit each": [],
        "sqlite3, a commit each": [],
    }
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
            folder = Path(name)
            figures["ours"].append(asyncio.run(ours(folder, options.jobs, options.at_once)))
            shared = shared_aiosqlite(folder, options.jobs, options.at_once)
            figures["aiosqlite, a commit each"].append(asyncio.run(shared))
            figures["sqlite3, a commit each"].append(one_by_one(folder, options.jobs))
    medians = {name: statistics.median(rates) for name, rates in figures.items()}
    print(f"{options.jobs} jobs, {options.at_once} submitters, median of {options.rounds} rounds")
    print(f"{'':26}{'jobs/s':>10}{'ours is':>12}")
    for name, rate in medians.items():
        print(f"{name:26}{rate:10.0f}{medians['ours'] / rate:11.1f}x")


if __name__ == "__main__":
    main()
