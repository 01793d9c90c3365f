"""Say when a heat begins that has no time printed: after the one before it, when its slowest swimmer should be in."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.kinds.heatsheets.sheet import Row
from service.kinds.heatsheets.times import seconds_of

FALLBACK_SECONDS = 60.0
"""For a heat in which nobody has a seed time, and no other heat of its event has one."""


@dataclass(slots=True)
class _Heat:
    indexes: list[int]
    starts_at: int | None
    slowest_seconds: float | None
    event: tuple[object, ...]


def with_estimates(rows: Sequence[Row]) -> tuple[list[Row], int]:
    """Return the rows with missing heat start times estimated, and how many heats that were.

    A heat starts one whole minute or more after the one before: that heat's start plus its slowest seed,
    rounded up. Without a printed time before it in the same session a heat stays without one.
    """
    heats = _heats(rows)
    if not any(heat.starts_at is not None for heat in heats):
        return list(rows), 0
    out = list(rows)
    count = 0
    before: _Heat | None = None
    now: float | None = (
        None  # minutes; fractions are kept from heat to heat, so that rounding does not add up
    )
    for heat in heats:
        if heat.starts_at is not None:
            now = float(heat.starts_at)
        elif before is not None and now is not None and _day(rows, before) == _day(rows, heat):
            now += max(1.0, _length_seconds(before, heats) / 60)
            count += 1
            for index in heat.indexes:
                out[index] = replace(out[index], starts_at=math.ceil(now), is_estimated=True)
        else:
            now = None
        before = heat
    return out, count


def _heats(rows: Sequence[Row]) -> list[_Heat]:
    heats: list[_Heat] = []
    last: tuple[object, ...] | None = None
    for index, row in enumerate(rows):
        if row.heat is None:
            continue
        event = (row.event_number, row.event_name)
        key = (*event, row.heat, row.session_date)
        if key != last:
            heats.append(_Heat([], row.starts_at, None, event))
            last = key
        heat = heats[-1]
        heat.indexes.append(index)
        heat.starts_at = row.starts_at if heat.starts_at is None else heat.starts_at
        heat.slowest_seconds = _slowest((heat.slowest_seconds, seconds_of(row.seed)))
    return heats


def _length_seconds(heat: _Heat, heats: Iterable[_Heat]) -> float:
    if heat.slowest_seconds is not None:
        return heat.slowest_seconds
    others = _slowest(one.slowest_seconds for one in heats if one.event == heat.event)
    return others if others is not None else FALLBACK_SECONDS


def _slowest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _day(rows: Sequence[Row], heat: _Heat) -> str | None:
    return rows[heat.indexes[0]].session_date
