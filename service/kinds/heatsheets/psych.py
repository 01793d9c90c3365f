"""How a psych sheet (entries by event, fastest first) is read: the number is a rank, there are no heats yet."""

from dataclasses import replace

from service.kinds.heatsheets.reader import Style
from service.kinds.heatsheets.rows import Fields
from service.kinds.heatsheets.sheet import Row


def place_row(row: Row, fields: Fields) -> Row:
    """Put a row of a psych sheet into its event; the rank among the entries is no place and is not kept."""
    times = fields.times
    return replace(
        row,
        heat=fields.heat,
        lane=fields.lane,
        name=fields.name,
        age=fields.age,
        team=fields.team,
        relay=fields.relay if fields.name is None else None,
        seed=times.get("seed") or times.get("prelim") or times.get("time0") or times.get("final"),
        is_exhibition=fields.is_exhibition,
    )


PSYCH = Style("psych", place_row)
