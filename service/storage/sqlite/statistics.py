"""Quantiles over finished runs: what was usual, and what the slow ones took. SQLite counts them, row by row, in C."""

import sqlite3
from typing import Final

from service.model.statistics import RunQuantiles, Spread

# Nearest rank (the value itself, never one between two): the smallest with at least that share at or below it.
_QUERY: Final = """
WITH ranked AS (
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
    {"group": "kind", "day": "NULL", "kind": "kind"},
    {"group": _DAY, "day": _DAY, "kind": "NULL"},
    {"group": f"{_DAY} || ' ' || kind", "day": _DAY, "kind": "kind"},
)


def run_quantiles(connection: sqlite3.Connection, since: float) -> list[RunQuantiles]:
    """Return the quantiles of completed runs: of each kind, of each day (UTC), and of each kind on each day."""
    return [
        RunQuantiles(day, kind, jobs, Spread(waited_50, waited_90), Spread(ran_50, ran_90))
        for grouping in _GROUPINGS
        for day, kind, jobs, waited_50, waited_90, ran_50, ran_90 in connection.execute(
            _QUERY.format(**grouping), (since,)
        )
    ]
