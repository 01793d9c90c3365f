"""What a person looks at before anything is bought: as a file with every row, and a short form for the job itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from service.kinds.shipping.plan import Plan, Totals

ROWS_IN_JOB: Final = 25
"""So many rows are in the job's own preview; `preview.json` and GET …/preview have all of them."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Up to where a plan is bought without a person's look; None is no cap, and without any cap a person looks."""

    max_rows: int | None = None
    max_total_cents: int | None = None
    max_each_cents: int | None = None

    @classmethod
    def from_args(cls, value: Mapping[str, Any] | None) -> "Caps | None":
        """Return the caps of a job's args; None when every plan needs a person."""
        if not value or not any(value.get(name) is not None for name in cls.__slots__):
            return None
        return cls(**{name: value.get(name) for name in cls.__slots__})

    def broken_by(self, totals: Totals) -> list[str]:
        """Return in words which caps a plan breaks; a row that cannot be shipped always needs a look."""
        broken = []
        if self.max_rows is not None and totals.rows > self.max_rows:
            broken.append(f"{totals.rows} rows are more than {self.max_rows}.")
        if self.max_total_cents is not None and totals.cents > self.max_total_cents:
            broken.append(f"{dollars(totals.cents)} in total is more than {dollars(self.max_total_cents)}.")
        if self.max_each_cents is not None and totals.dearest_cents > self.max_each_cents:
            broken.append(
                f"{dollars(totals.dearest_cents)} for one row is more than {dollars(self.max_each_cents)}."
            )
        if totals.shippable < totals.rows:
            broken.append(f"{totals.rows - totals.shippable} rows cannot be shipped as they are.")
        return broken


def dollars(cents: int) -> str:
    """Return an amount as people write it."""
    return f"${cents // 100:,}.{cents % 100:02}"


def summary(
    plan: Plan, plan_hash: str, about: Mapping[str, Any], broken_caps: Sequence[str]
) -> dict[str, Any]:
    """Return the preview without rows."""
    totals = plan.totals()
    notice = "No order is selected: there is nothing to buy." if totals.rows == 0 else None
    return {
        "total_rows": totals.rows,
        "shippable_rows": totals.shippable,
        "total_cost_cents": totals.cents,
        "warning_count": totals.warnings,
        "hash": plan_hash,
        "notice": notice,
        "caps_exceeded": list(broken_caps),
        **about,
    }


def held_preview(plan: Plan, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preview that the job itself carries: the first rows, and how many are left out."""
    rows = [row.to_json() for row, _ in zip(plan.rows(), range(ROWS_IN_JOB), strict=False)]
    return {"rows": rows, "rows_omitted": told["total_rows"] - len(rows), **told}


def write_preview(out: IO[bytes], plan: Plan, told: Mapping[str, Any]) -> None:
    """Write the preview with every row as one JSON object, row by row."""
    out.write(b'{"rows":[')
    for number, row in enumerate(plan.rows()):
        text = json.dumps(row.to_json(), ensure_ascii=False, separators=(",", ":"))
        out.write((",\n" if number else "\n").encode() + text.encode("utf-8", "replace"))
    rest = json.dumps(dict(told), ensure_ascii=False, separators=(",", ":"))
    out.write(b"\n]," + rest[1:].encode("utf-8", "replace"))
