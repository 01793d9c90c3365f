"""The line as rows: ranks with gaps, so that a move writes one row and seldom more."""

import sqlite3
from collections.abc import Mapping

from service.storage.port import LaneState, Waiting
from service.storage.sqlite.database import Transaction

RANK_GAP = 1 << 20


def rank_before_first(tx: Transaction, lane: str) -> int:
    """Return a rank at the head of a lane."""
    (first,) = tx.execute(
        "SELECT min(rank) FROM jobs WHERE status = 'queued' AND lane = ?", (lane,)
    ).fetchone()
    return 0 if first is None else first - RANK_GAP


def rank_after_last(tx: Transaction, lane: str) -> int:
    """Return a rank at the end of a lane."""
    (last,) = tx.execute(
        "SELECT max(rank) FROM jobs WHERE status = 'queued' AND lane = ?", (lane,)
    ).fetchone()
    return 0 if last is None else last + RANK_GAP


def waiting(connection: sqlite3.Connection) -> list[Waiting]:
    """Return every queued job by lane and rank."""
    rows = connection.execute(
        "SELECT id, lane, rank, kind, input_bytes, owner, subject FROM jobs WHERE status = 'queued'"
        " ORDER BY lane, rank, id"
    )
    same: dict[str, str] = {}  # a million rows of one owner share one string
    return [Waiting(*row[:5], *(name and same.setdefault(name, name) for name in row[5:])) for row in rows]


def set_ranks(tx: Transaction, lane: str, ranks: Mapping[str, int]) -> None:
    """Give queued jobs new ranks."""
    tx.connection.executemany(
        "UPDATE jobs SET rank = ? WHERE id = ? AND lane = ? AND status = 'queued'",
        [(rank, job_id, lane) for job_id, rank in ranks.items()],
    )


def lanes(connection: sqlite3.Connection) -> list[LaneState]:
    """Return the lanes that have a stored state."""
    rows = connection.execute("SELECT name, is_paused, pause_reason FROM lanes ORDER BY name")
    return [LaneState(name, bool(is_paused), reason) for name, is_paused, reason in rows]


def set_lane_paused(tx: Transaction, lane: str, is_paused: bool, reason: str | None) -> None:
    """Remember whether a lane takes jobs."""
    tx.execute(
        "INSERT INTO lanes (name, is_paused, pause_reason) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET is_paused = excluded.is_paused, pause_reason = excluded.pause_reason",
        (lane, int(is_paused), reason if is_paused else None),
    )
