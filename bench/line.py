"""What a place in the line costs at a million waiting jobs, against two plain ways, in one run on one machine.

    .venv/bin/python -m bench.line [--jobs 1000000]

Each operation is the median of many, in microseconds, with its ratio to ours. The peers: a plain list kept
sorted by `bisect` (exact, but inserting and removing shift what is behind), and `SELECT count(*)` over an index
of an SQLite table, which is what a queue does that keeps its order in the database alone.
"""

import argparse
import bisect
import gc
import random
import sqlite3
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from service.engine.line import RANK_GAP, Line
from service.storage.port import Waiting

SEED = 20261121


def waiting(count: int) -> list[Waiting]:
    """Return `count` jobs in one lane."""
    return [
        Waiting(f"{number:032x}", "main", number * RANK_GAP, "demo", number % 4096) for number in range(count)
    ]


def median_us(call: Callable[[int], Any], numbers: list[int]) -> float:
    """Return the median time of a call over these numbers."""
    taken = []
    for number in numbers:
        began = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def of_line(jobs: list[Waiting], numbers: list[int]) -> tuple[dict[str, float], float, float]:
    """Return microseconds by operation, seconds to load and bytes a job of our line."""
    gc.collect()
    tracemalloc.start()
    Line(jobs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.perf_counter()
    line = Line(jobs)
    loading = time.perf_counter() - began
    ids = [job.job_id for job in jobs]
    found = {
        "position": median_us(lambda number: line.position(ids[number]), numbers),
        "move": median_us(lambda number: line.move(ids[number], number // 2 + 1), numbers),
        "add": median_us(lambda number: line.reserve_back(f"new{number}", "main", "demo", 0), numbers),
        "take": median_us(lambda _: line.remove(str(line.head("main"))), numbers),
    }
    return found, loading, peak / len(jobs)


def of_list(jobs: list[Waiting], numbers: list[int]) -> dict[str, float]:
    """Return the same of a sorted list."""
    order = [(job.rank, job.job_id) for job in jobs]
    keys = list(order)

    def move(number: int) -> None:
        order.pop(bisect.bisect_left(order, keys[number]))
        keys[number] = (keys[number // 2][0] - 1, keys[number][1])
        bisect.insort(order, keys[number])

    position = median_us(lambda number: bisect.bisect_left(order, keys[number]), numbers)
    moved = median_us(move, numbers)
    added = median_us(lambda number: order.append((len(jobs) * RANK_GAP + number, "new")), numbers)
    taken = median_us(lambda _: order.pop(0), numbers)
    return {"position": position, "move": moved, "add": added, "take": taken}


def of_sql(jobs: list[Waiting], numbers: list[int]) -> dict[str, float]:
    """Return the same of a table in memory with a covering index."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE jobs (id TEXT PRIMARY KEY, lane TEXT, rank INTEGER) WITHOUT ROWID")
    db.execute("BEGIN")
    db.executemany("INSERT INTO jobs VALUES (?, ?, ?)", ((job.job_id, job.lane, job.rank) for job in jobs))
    db.execute("CREATE INDEX line ON jobs (lane, rank)")
    db.execute("COMMIT")

    def position(number: int) -> None:
        (rank,) = db.execute("SELECT rank FROM jobs WHERE id = ?", (jobs[number].job_id,)).fetchone()
        db.execute("SELECT count(*) FROM jobs WHERE lane = 'main' AND rank < ?", (rank,)).fetchone()

    def move(number: int) -> None:
        rank = jobs[number // 2].rank - 1
        db.execute("UPDATE jobs SET rank = ? WHERE id = ?", (rank, jobs[number].job_id))

    def add(number: int) -> None:
        db.execute(
            "INSERT INTO jobs SELECT ?, 'main', max(rank) + 1 FROM jobs WHERE lane = 'main'",
            (f"new{number}",),
        )

    def take(_: int) -> None:
        db.execute(
            "DELETE FROM jobs WHERE id = (SELECT id FROM jobs WHERE lane = 'main' ORDER BY rank LIMIT 1)"
        )

    calls = {"position": position, "move": move, "add": add, "take": take}
    return {name: median_us(call, numbers[:100]) for name, call in calls.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1_000_000)
    count = parser.parse_args().jobs
    jobs = waiting(count)
    dice = random.Random(SEED)
    numbers = [dice.randrange(count // 4, count) for _ in range(500)]
    ours, loading, size = of_line(jobs, numbers)
    plain, sql = of_list(jobs, numbers), of_sql(jobs, numbers)
    print(f"{count} waiting jobs: loaded in {loading:.2f} s, {size:.0f} bytes a job beside the job itself\n")
    print(f"{'median us':<10}{'line':>10}{'list':>12}{'ratio':>8}{'sql':>14}{'ratio':>9}")
    for name, value in ours.items():
        print(
            f"{name:<10}{value:>10.1f}{plain[name]:>12.1f}{plain[name] / value:>8.1f}"
            f"{sql[name]:>14.1f}{sql[name] / value:>9.1f}"
        )


if __name__ == "__main__":
    main()
