"""What a sheet says, once it is read: a meet, its rows, and what was unsure about them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

FORMAT = 1
"""Goes up when the stored form changes, so that an older cached sheet is read anew."""


@dataclass(frozen=True, slots=True)
class Swimmer:
    """Somebody who swims a leg of a relay."""

    name: str
    age: int | str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row: a swimmer or a relay team in one event.

    `age` is years, or a school year as printed (FR SO JR SR); times are as printed, without marks;
    `starts_at` is minutes after midnight. A relay has `relay` (its letter) and no `name`.
    """

    event_name: str
    event_number: int | str | None = None
    heat: int | None = None
    lane: int | None = None
    name: str | None = None
    age: int | str | None = None
    team: str | None = None
    relay: str | None = None
    legs: tuple[Swimmer, ...] = ()
    seed: str | None = None
    final: str | None = None
    place: int | None = None
    starts_at: int | None = None
    is_estimated: bool = False
    session_date: str | None = None
    is_exhibition: bool = False
    page: int | None = None


@dataclass(slots=True)
class Sheet:
    """A whole document. `style` is program, psych, results or entries; dates are ISO 8601."""

    style: str
    rows: list[Row] = field(default_factory=list)
    meet_name: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    venue: str | None = None
    warnings: list[str] = field(default_factory=list)
    page_count: int = 0

    @property
    def date_range(self) -> str | None:
        """The days of the meet, as `2025-11-08 to 2025-11-09`, or the one day it has."""
        if not self.first_day:
            return None
        return (
            self.first_day
            if self.last_day in (None, self.first_day)
            else f"{self.first_day} to {self.last_day}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return a plain form that `from_json` reads back; what a row does not have is left out."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "rows"}
        rows = [{k: v for k, v in asdict(row).items() if v not in (None, (), False)} for row in self.rows]
        return {"format": FORMAT, **plain, "rows": rows}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Sheet":
        """Read the plain form back; raises KeyError, TypeError or ValueError for anything else."""
        if value["format"] != FORMAT:
            raise ValueError("another format")
        rows = [
            Row(**{**row, "legs": tuple(Swimmer(**leg) for leg in row.get("legs", ()))})
            for row in value["rows"]
        ]
        rest = {one.name: value[one.name] for one in fields(cls) if one.name != "rows"}
        return cls(rows=rows, **rest)
