"""How a program (heat sheet) is read: the number in front of a row is its lane, the time is the seed."""

from dataclasses import replace

from service.kinds.heatsheets.reader import Style
from service.kinds.heatsheets.rows import Fields
from service.kinds.heatsheets.sheet import Row

MAX_LANE = 24  # open water and large pools number their lanes 0-9 twice; more is a rank


def place_row(row: Row, fields: Fields) -> Row | None:
    """Put a row of a program into its heat; None when there is no lane in it."""
    lane = fields.lane if fields.lane is not None else fields.lead
    if lane is None or lane > MAX_LANE:
        return None
    times = fields.times
    return replace(
        row,
        heat=fields.heat if fields.heat is not None else row.heat,
        lane=lane,
        name=fields.name,
        age=fields.age,
        team=fields.team,
        relay=fields.relay if fields.name is None else None,
        seed=times.get("seed") or times.get("prelim") or times.get("time0"),
        final=times.get("final") or times.get("time1"),
        is_exhibition=fields.is_exhibition,
    )


PROGRAM = Style("program", place_row, has_heats=True)
