"""Items: written once when they are done, never again, so that nothing is done twice."""

import sqlite3
from typing import Any

from service.model import events as names
from service.model.errors import DeskError, conflict, job_not_found
from service.model.events import to_json
from service.model.jobs import ItemRow
from service.storage.sqlite.database import Transaction
from service.storage.sqlite.events import tell
from service.storage.sqlite.life import fence, require
from service.storage.sqlite.rows import item_from

_COUNTER = {"completed": "items_completed", "failed": "items_failed", "needs_review": "items_needs_review"}


def start_item(tx: Transaction, job_id: str, attempt: int, key: str, unit: str, now: float) -> None:
    """Write the intent of an effect."""
    fence(tx, job_id, attempt)
    try:
        tx.execute(
            "INSERT INTO items (job_id, key, number, unit, status, is_effect, attempt, started_at)"
            " VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM items WHERE job_id = ?), ?, 'started', 1, ?, ?)",
            (job_id, key, job_id, unit, attempt, now),
        )
    except sqlite3.IntegrityError as error:
        raise conflict(f"Item {key!r} of job {job_id} has begun before.") from error


def finish_item(
    tx: Transaction,
    job_id: str,
    attempt: int,
    *,
    key: str,
    unit: str,
    status: str,
    output: Any,
    code: str | None,
    message: str | None,
    now: float,
) -> None:
    """Write an outcome, count it and tell it. Real progress: the count of crashes in a row starts anew."""
    fence(tx, job_id, attempt)
    if status not in _COUNTER:
        raise ValueError(f"not the status of a finished item: {status}")
    stored = to_json(output) if output is not None else None
    row = tx.execute("SELECT status FROM items WHERE job_id = ? AND key = ?", (job_id, key)).fetchone()
    if row is None:
        tx.execute(
            "INSERT INTO items (job_id, key, number, unit, status, output, code, message, attempt, finished_at)"
            " VALUES (?, ?, (SELECT coalesce(max(number), 0) + 1 FROM items WHERE job_id = ?), ?, ?, ?, ?, ?, ?, ?)",
            (job_id, key, job_id, unit, status, stored, code, message, attempt, now),
        )
    elif row[0] == "started":
        tx.execute(
            "UPDATE items SET status = ?, output = ?, code = ?, message = ?, finished_at = ?"
            " WHERE job_id = ? AND key = ?",
            (status, stored, code, message, now, job_id, key),
        )
    else:
        raise conflict(f"Item {key!r} of job {job_id} is {row[0]} already.")
    column = _COUNTER[status]
    tx.execute(
        f"UPDATE jobs SET {column} = {column} + 1, crashes = 0,"  # noqa: S608 - one of three names of ours
        " items_total = max(items_total, items_completed + items_failed + items_needs_review + 1) WHERE id = ?",
        (job_id,),
    )
    _tell_outcome(tx, job_id, key, unit, status, output, code, message, now)


def resolve_item(
    tx: Transaction, job_id: str, key: str, status: str, output: Any, message: str | None, now: float
) -> None:
    """Write a person's decision on an item that needs review."""
    require(tx, job_id)
    row = tx.execute("SELECT status, unit FROM items WHERE job_id = ? AND key = ?", (job_id, key)).fetchone()
    if row is None:
        raise DeskError("item_not_found", f"Job {job_id} has no item {key!r}.")
    if row[0] != "needs_review":
        raise conflict(f"Item {key!r} is {row[0]}; nothing is to be decided.")
    code = "decided_by_person" if status == "failed" else None
    tx.execute(
        "UPDATE items SET status = ?, output = ?, code = ?, message = ?, finished_at = ? WHERE job_id = ? AND key = ?",
        (status, to_json(output) if output is not None else None, code, message, now, job_id, key),
    )
    column = _COUNTER[status]
    tx.execute(
        f"UPDATE jobs SET {column} = {column} + 1, items_needs_review = items_needs_review - 1 WHERE id = ?",  # noqa: S608
        (job_id,),
    )
    _tell_outcome(tx, job_id, key, row[1], status, output, code, message, now)


def _tell_outcome(
    tx: Transaction,
    job_id: str,
    key: str,
    unit: str,
    status: str,
    output: Any,
    code: str | None,
    message: str | None,
    now: float,
) -> None:
    data: dict[str, Any] = {
        "key": key,
        "unit": unit,
        "item_status": status,
        "items": require(tx, job_id).items.to_json(),
    }
    if status == "completed":
        tell(tx, names.ITEM_COMPLETED, job_id, now, data | {"output": output})
    else:
        tell(tx, names.ITEM_FAILED, job_id, now, data | {"code": code, "message": message, "output": output})


def items(
    connection: sqlite3.Connection, job_id: str, status: str | None, after: int, limit: int
) -> list[ItemRow]:
    """Return items in the order they began, those with a number above `after`."""
    if connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job_id,)).fetchone() is None:
        raise job_not_found(job_id)
    rows = connection.execute(
        "SELECT key, number, unit, status, output, code, message, attempt, started_at, finished_at FROM items"
        " WHERE job_id = ? AND number > ? AND (? IS NULL OR status = ?) ORDER BY number LIMIT ?",
        (job_id, after, status, status, limit),
    )
    return [item_from(row) for row in rows]
