"""The audit log in SQLite: rows that are only added, and forgotten when they are old."""

import json
import sqlite3
from typing import Any

from service.model.accounts import AuditEntry
from service.storage.accounts_port import AuditQuery
from service.storage.sqlite.database import Transaction


def write(tx: Transaction, entry: AuditEntry) -> None:
    """Add an entry."""
    tx.execute(
        "INSERT INTO audit (at, actor_id, actor_name, action, about, address, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry.at, entry.actor_id, entry.actor_name, entry.action, entry.about, entry.address,
            json.dumps(dict(entry.details), ensure_ascii=False),
        ),
    )  # fmt: skip


def entries(db: sqlite3.Connection, query: AuditQuery) -> list[AuditEntry]:
    """Return entries, newest first."""
    where, parameters = ["1"], list[Any]()
    for condition, value in (
        ("number < ?", query.before),
        ("action = ?", query.action),
        ("actor_id = ?", query.user_id),
    ):
        if value is not None:
            where.append(condition)
            parameters.append(value)
    rows = db.execute(
        "SELECT number, at, actor_id, actor_name, action, about, address, details FROM audit"  # noqa: S608 (constants)
        f" WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?",
        (*parameters, query.limit),
    )
    return [
        AuditEntry(
            number=row[0],
            at=row[1],
            actor_id=row[2],
            actor_name=row[3],
            action=row[4],
            about=row[5],
            address=row[6],
            details=json.loads(row[7]),
        )
        for row in rows
    ]


def trim(tx: Transaction, before: float) -> None:
    """Forget entries from before then."""
    tx.execute("DELETE FROM audit WHERE at < ?", (before,))
