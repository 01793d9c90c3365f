"""The preview by the page: what a window shows of a plan of any size, read beside whoever works on it."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from service.kinds.shipping.plan import ROW_COLUMNS, planned_row

Only = Literal["all", "warned", "problem"]
MAX_ROWS: Final = 500
_ONLY: Final[Mapping[str, str]] = {
    "all": "1",
    "warned": "(warnings <> '[]' OR code IS NOT NULL)",
    "problem": "code IS NOT NULL",
}
_FOUND: Final = " OR ".join(
    f"{text} LIKE :like ESCAPE '\\'"
    for text in (
        "order_id",
        "json_extract(shipment, '$.ship_to.name')",
        "json_extract(shipment, '$.ship_to.city')",
        "json_extract(shipment, '$.ship_to.state')",
    )
)


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which rows: those after a row number, that need a look, whose order number, name or place has `text`."""

    after: int = 0
    limit: int = 100
    only: Only = "all"
    text: str = ""

    @property
    def condition(self) -> str:
        """Return the SQL of the filter, without the cursor."""
        return f"{_ONLY[self.only]} AND ({_FOUND if self.text else '1'})"

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the SQL."""
        like = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {"after": self.after, "limit": min(self.limit, MAX_ROWS), "like": f"%{like}%"}


def read_page(path: Path, wanted: PageWanted) -> dict[str, Any] | None:
    """Return `{hash, rows, next_after, matching_rows, summary}` of the plan at `path`, None until it is complete.

    `summary` (how the plan divides) comes with the first page only: it reads every row.
    """
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        made = database.execute("SELECT hash FROM made").fetchone()
        if made is None:
            return None
        found = database.execute(
            f"SELECT {ROW_COLUMNS} FROM rows WHERE row_number > :after AND {wanted.condition}"  # noqa: S608 (SQL of ours)
            " ORDER BY row_number LIMIT :limit + 1",
            wanted.values,
        ).fetchall()
        rows = [planned_row(values).to_json() for values in found[: wanted.values["limit"]]]
        is_first = wanted.after == 0
        return {
            "hash": made[0],
            "rows": rows,
            "next_after": rows[-1]["row_number"] if len(found) > len(rows) else None,
            "matching_rows": _count(database, wanted),
            "summary": _summary(database) if is_first else None,
        }


def _count(database: sqlite3.Connection, wanted: PageWanted) -> int:
    sql = f"SELECT count(*) FROM rows WHERE {wanted.condition}"  # noqa: S608 (SQL of ours)
    return int(database.execute(sql, wanted.values).fetchone()[0])


def _summary(database: sqlite3.Connection) -> dict[str, Any]:
    warned, problems = database.execute(
        "SELECT count(*) FILTER (WHERE warnings <> '[]' OR code IS NOT NULL), count(code) FROM rows"
    ).fetchone()
    services = database.execute(
        "SELECT json_extract(shipment, '$.service') AS service, count(*), sum(cents) FROM rows"
        " WHERE cents IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    named = [{"service": name, "rows": rows, "total_cost_cents": cents} for name, rows, cents in services]
    return {"warned_rows": warned, "problem_rows": problems, "services": named}


def rows_missing(path: Path, numbers: Iterable[int]) -> frozenset[int]:
    """Return those of `numbers` that are no row of the plan at `path`; none of them is when there is no plan."""
    wanted = frozenset(numbers)
    if not path.exists():
        return wanted
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        sql = "SELECT row_number FROM rows WHERE row_number IN (SELECT value FROM json_each(?))"
        return wanted - {row[0] for row in database.execute(sql, (json.dumps(sorted(wanted)),))}
