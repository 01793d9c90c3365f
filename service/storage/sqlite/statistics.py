"""Sums and quantiles over finished runs: what was usual, and what the slow ones took. SQLite counts them, in C."""

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from service.model.accounts import Viewer
from service.model.statistics import RunQuantiles, Spread
from service.storage.sqlite.rows import seen_by

# Nearest rank (the value itself, never one between two): the smallest with at least that share at or below it.
_QUERY: Final = """
WITH {seen}ranked AS (
    SELECT {group} AS part, {day} AS day, {kind} AS kind, waited_seconds, ran_seconds,
        row_number() OVER (PARTITION BY {group} ORDER BY waited_seconds) AS waited_rank,
        row_number() OVER (PARTITION BY {group} ORDER BY ran_seconds) AS ran_rank,
        count(*) OVER (PARTITION BY {group}) AS jobs
    FROM runs WHERE finished_at >= ? AND status = 'completed'
)
SELECT day, kind, jobs,
    max(CASE WHEN waited_rank = (jobs + 1) / 2 THEN waited_seconds END),
    max(CASE WHEN waited_rank = (9 * jobs + 9) / 10 THEN waited_seconds END),
    max(CASE WHEN ran_rank = (jobs + 1) / 2 THEN ran_seconds END),
    max(CASE WHEN ran_rank = (9 * jobs + 9) / 10 THEN ran_seconds END)
FROM ranked GROUP BY part, day, kind, jobs ORDER BY day, kind
"""
_DAY: Final = "date(finished_at, 'unixepoch')"
_GROUPINGS: Final = (
    {"group": "1", "day": "NULL", "kind": "NULL"},
    {"group": "kind", "day": "NULL", "kind": "kind"},
    {"group": _DAY, "day": _DAY, "kind": "NULL"},
    {"group": f"{_DAY} || ' ' || kind", "day": _DAY, "kind": "kind"},
)


# The table `runs` outlives the jobs and does not know whose they were; a viewer is told of the jobs that are there.
_RUNS_SEEN: Final = """runs AS (
    SELECT kind, status, json_extract(error, '$.code') AS error_code, input_bytes, finished_at,
        max(0.0, started_at - created_at) AS waited_seconds, max(0.0, finished_at - started_at) AS ran_seconds
    FROM jobs WHERE finished_at IS NOT NULL AND started_at IS NOT NULL AND {condition}
)"""


def stats(
    connection: sqlite3.Connection, since: float, viewer: Viewer | None = None
) -> list[Mapping[str, Any]]:
    """Return counts, waiting and running seconds by day (UTC), kind and status."""
    columns = ("day", "kind", "status", "error_code", "jobs", "waited_seconds", "ran_seconds", "input_bytes")
    seen, values = _runs_seen(viewer)
    rows = connection.execute(
        f"{seen and 'WITH ' + seen} SELECT date(finished_at, 'unixepoch'), kind, status, error_code, count(*),"  # noqa: S608 (fixed parts)
        " sum(waited_seconds), sum(ran_seconds), sum(input_bytes) FROM runs WHERE finished_at >= ?"
        " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        (*values, since),
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def counts_by_status(connection: sqlite3.Connection, viewer: Viewer | None = None) -> dict[str, int]:
    """Return how many jobs are in each status."""
    condition, values = seen_by(viewer)
    query = f"SELECT status, count(*) FROM jobs WHERE {condition} GROUP BY status"  # noqa: S608 (fixed parts)
    return dict(connection.execute(query, values).fetchall())


def run_quantiles(
    connection: sqlite3.Connection, since: float, viewer: Viewer | None = None
) -> list[RunQuantiles]:
    """Return the quantiles of completed runs: of all, of each kind, of each day (UTC), and of each kind on each day."""
    seen, values = _runs_seen(viewer)
    return [
        RunQuantiles(day, kind, jobs, Spread(waited_50, waited_90), Spread(ran_50, ran_90))
        for grouping in _GROUPINGS
        for day, kind, jobs, waited_50, waited_90, ran_50, ran_90 in connection.execute(
            _QUERY.format(**grouping, seen=f"{seen}, " if seen else ""), (*values, since)
        )
    ]


def _runs_seen(viewer: Viewer | None) -> tuple[str, list[Any]]:
    """Return a table expression that stands before `runs`, and its values; nothing for who sees everything."""
    if viewer is None:
        return "", []
    condition, values = seen_by(viewer)
    return _RUNS_SEEN.format(condition=condition), values
