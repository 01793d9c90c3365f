"""Real and generated sheets against what is known to stand in them; they lie beside the repository."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from service.kinds.heatsheets.hy3 import parse_hy3
from service.kinds.heatsheets.parse import parse_pdf
from service.kinds.heatsheets.sheet import Row
from service.kinds.heatsheets.times import clock

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "heatsheets"
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason=f"MISSING SAMPLES: {SAMPLES} is not there, so the parser is not held to real sheets in this run",
)


def truth(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text("utf-8"))


@pytest.mark.parametrize("name", ["heat1", "heat2", "heat3"])
def test_every_row_of_a_lane_program_in_one_two_or_three_columns_is_read_exactly(name: str) -> None:
    sheet = parse_pdf(SAMPLES / f"{name}.pdf")
    keys = ("event", "event_name", "heat", "lane", "name", "age", "team", "seed", "start")
    got = [
        (r.event_number, r.event_name, r.heat, r.lane, r.name, r.age, r.team, r.seed, clock(r.starts_at or 0))
        for r in sheet.rows
    ]
    assert got == [tuple(row[key] for key in keys) for row in truth(f"{name}.json")]
    assert (sheet.style, sheet.meet_name, sheet.date_range, sheet.warnings) == (
        "program",
        "2025 NI Otter Fall Classic",
        "2025-11-08 to 2025-11-09",
        [],
    )
    assert {row.session_date for row in sheet.rows} == {"2025-11-08"}  # a Saturday, as the title says


def seed_of(time: Any) -> str | None:
    if not isinstance(time, dict):
        return time
    minutes = f"{time['min']}:{time['sec']:02d}" if time.get("min") else f"{time['sec']}"
    return f"{minutes}.{time['frac']:02d}"


def test_a_real_psych_sheet_is_read_but_for_one_name_that_its_reference_cuts() -> None:
    wanted = Counter(
        (
            event["event"]["eventNum"],
            f"{row['name']['lastName']}, {row['name']['firstName']}" if "name" in row else row["relay"],
            row["team"],
            seed_of(row["seedTime"]),
        )
        for event in truth("data-0.json")["eventEntries"]
        for row in event["entries"]
    )
    sheet = parse_pdf(SAMPLES / "psych-sheet-0.pdf")
    got = Counter((r.event_number, r.name or r.relay, r.team, r.seed) for r in sheet.rows)
    assert wanted.total() == got.total() == 784
    assert {row[1] for row in (wanted - got)} == {"Chaubet, Gae"}
    assert {row[1] for row in (got - wanted)} == {"Chaubet, Gaeël"}
    assert (wanted - got).total() == 4
    assert (sheet.style, sheet.first_day, sheet.last_day) == ("psych", "2018-11-23", "2018-11-24")


def heading(row: Row) -> str:
    return f"Event {row.event_number} {row.event_name}" if row.event_number else row.event_name


@pytest.mark.parametrize("name", ["Texas-Florida-Indiana.pdf", "11102019roc.pdf"])
def test_every_row_of_real_results_is_read(name: str) -> None:
    wanted = truth("results-truth.json")[name]
    rows = parse_pdf(SAMPLES / name).rows
    assert Counter(map(heading, rows)) == wanted["rows_by_event"]
    assert len(rows) == wanted["rows"]
    assert sum(row.place is None for row in rows) == wanted["unplaced_rows"]
    assert all(row.final for row in rows)
    for swimmer, swims in wanted["individual_rows_of"].items():
        got = [(heading(r), r.place, r.age, r.team, r.seed, r.final) for r in rows if r.name == swimmer]
        assert got == [
            (
                s["event"],
                int(s["place"]) if s["place"].isdigit() else None,
                s["age"],
                s["team"],
                s["seed"],
                s["final"],
            )
            for s in swims
        ]


def test_relays_of_real_results_have_their_swimmers() -> None:
    sheet = parse_pdf(SAMPLES / "Texas-Florida-Indiana.pdf")
    first, *others = [row for row in sheet.rows if row.relay]
    assert [leg.name for leg in first.legs] == [
        "Morgan Scott",
        "Lilly King",
        "Christie Jensen",
        "Shelby Koontz",
    ]
    assert [leg.age for leg in first.legs] == [18, 21, 22, 20]
    assert {len(row.legs) for row in others if row.final != "SCR"} == {4}
    assert sheet.venue == "Lee & Joe Jamail Texas Swimming Center"


@pytest.mark.parametrize(
    ("name", "swimmers", "events", "entries"),
    [("mm3_3_0ea_individuals_blank_date.hy3", 34, 3, 60), ("mm_col77_division.hy3", 3, 4, 4)],
)
def test_hy3_files_are_read(name: str, swimmers: int, events: int, entries: int) -> None:
    sheet = parse_hy3(SAMPLES / name)
    assert len({row.name for row in sheet.rows}) == swimmers
    assert len({(row.event_number, row.event_name) for row in sheet.rows}) == events
    assert len(sheet.rows) == entries
