"""How results are read: the number is the place, the last of the times is the one that counts."""

from dataclasses import replace

from service.kinds.heatsheets.reader import Style
from service.kinds.heatsheets.rows import Fields
from service.kinds.heatsheets.sheet import Row


def place_row(row: Row, fields: Fields) -> Row:
    """Put a row of results into its event: seed (else prelim) and final (else prelim) time."""
    times = fields.times
    loose = [times[key] for key in sorted(times) if key.startswith("time")]
    final = times.get("final") or (times.get("prelim") if "seed" in times else None)
    seed = times.get("seed") or (times.get("prelim") if "final" in times else None)
    if final is None and loose:
        final = loose.pop()
    if seed is None and loose:
        seed = loose[0]
    if final is None and "prelim" in times:
        final = times["prelim"]
    return replace(
        row,
        heat=fields.heat,
        lane=fields.lane,
        place=fields.lead,
        name=fields.name,
        age=fields.age,
        team=fields.team,
        relay=fields.relay if fields.name is None else None,
        seed=seed,
        final=final,
        starts_at=None,
        is_exhibition=fields.is_exhibition,
    )


RESULTS = Style("results", place_row)
