"""Any sheet that can be printed can be read back: rendered with reportlab, parsed, equal."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.kinds.heatsheets.parse import parse_pdf
from service.kinds.heatsheets.sheet import Row
from service.kinds.heatsheets.times import clock
from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, fitting, print_sheet

LAST = (
    "Müller",
    "O'Neil",
    "De La Cruz",
    "Smith-Jones",
    "Nguyen",
    "Li",
    "Çelik",
    "vanLeeuwen",
    "St. John",
    "Åberg",
    "Ng",
)
FIRST = ("Zoë", "José M", "Ava", "Jean-Luc", "Siân B", "Mary Kate", "Bo", "Noah J", "Élise", "D'Arcy")
TEAMS = (
    "Otter Swim Club-PC",
    "STAR-NI",
    "UT",
    "YMCA Or",
    "Blue Marlins-NI",
    "Lakeside Aquatic Club-NT",
    "T2 Aquatics-FL",
)
STROKES = ("Freestyle", "Backstroke", "Breaststroke", "Butterfly", "IM")
COURSES = ("Yard", "SC Meter", "LC Meter")
GROUPS = (
    "Girls 8 & Under",
    "Boys 9-10",
    "Women",
    "Men 15 & Over",
    "Mixed 11-12",
    "Women 25-29",
    "Girls Open",
    "Mixed 18+",
)

numbers = st.integers(1, 999)
swim_times = st.one_of(
    st.just("NT"),
    st.builds("{}.{:02d}".format, st.integers(10, 59), st.integers(0, 99)),
    st.builds("{}:{:02d}.{:02d}".format, st.integers(1, 21), st.integers(0, 59), st.integers(0, 99)),
)
finals = st.one_of(
    swim_times.filter(lambda time: time != "NT"), st.sampled_from(("DQ", "SCR", "NS", "DNF", "DFS"))
)
clocks = st.builds(clock, st.integers(7 * 60, 20 * 60))
ages = st.one_of(st.none(), st.integers(5, 99), st.sampled_from(("FR", "SO", "JR", "SR")))


@st.composite
def swimmer_names(draw: st.DrawFn, is_first_last: bool) -> str:
    last, first = draw(st.sampled_from(LAST)), draw(st.sampled_from(FIRST))
    return f"{first} {last}" if is_first_last else f"{last}, {first}"


@st.composite
def entries(draw: st.DrawFn, meet: Meet, number: int, is_relay: bool, is_first_last: bool) -> Entry:
    is_results = meet.report == "results"
    final = draw(finals) if is_results else None
    is_unplaced = is_results and final is not None and not final[0].isdigit()
    mark = draw(st.sampled_from(("", "", "", "x", "X", "*")))
    if mark in ("x", "X") and (not (final or "1")[0].isdigit()):
        mark = ""
    seed = draw(swim_times)
    if mark in ("x", "X") and seed == "NT" and not is_results:
        mark = ""
    if mark == "*" and not is_results:
        mark = ""
    team = fitting(draw(st.sampled_from(TEAMS)), 0.13 if meet.has_points else 0.2, meet.columns)
    legs: tuple[tuple[str, int | None], ...] = ()
    if is_relay and draw(st.booleans()):
        has_ages = draw(st.booleans())
        legs = tuple(
            (
                draw(st.sampled_from(("Ng, Bo", "Li, Zoë", "Åberg, Ava", "O'Neil, Al"))),
                draw(st.integers(6, 80)) if has_ages else None,
            )
            for _ in range(draw(st.integers(1, 4)))
        )
    return Entry(
        None if is_unplaced else number,
        None if is_relay else fitting(draw(swimmer_names(is_first_last)), 0.28, meet.columns),
        None if is_relay else draw(ages),
        team,
        seed,
        final,
        relay=draw(st.sampled_from("ABCD")) if is_relay else None,
        legs=legs,
        mark=mark,
    )


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Meet, list[SwimEvent]]:
    report = draw(st.sampled_from(("program", "psych", "results")))
    meet = Meet(
        report=report,
        prefix=draw(st.sampled_from(("Event ", "#", "Event  "))),
        continued=draw(
            st.sampled_from(
                (
                    "Event {number} {name} (Continued)",
                    "(Event {number} {name})",
                    "#{number} {name} (Continued)",
                    "Event {number} ...({name})",
                )
            )
        ),
        columns=draw(st.sampled_from((1, 2, 3) if report != "results" else (1, 2))),
        team_heading=draw(st.sampled_from(("Team", "School", "Club"))),
        age_heading=draw(st.sampled_from(("Age", "Yr", "Year"))),
        raised=draw(st.sampled_from((0.0, 0.9))),
        is_kerned=draw(st.booleans()),
        has_points=report == "results" and draw(st.booleans()),
        has_splits=draw(st.booleans()),
        has_scores=report == "results" and draw(st.booleans()),
        middle_heading=draw(st.sampled_from(("Seed Time", "Prelim Time", "Prelims"))),
        seed=draw(st.integers(0, 1000)),
    )
    is_first_last = draw(st.booleans())
    is_numbered = draw(st.booleans()) or report == "program"
    events: list[SwimEvent] = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        is_relay = draw(st.integers(0, 3)) == 0
        group = GROUPS[(number + meet.seed) % len(GROUPS)]
        distance = draw(st.sampled_from((25, 50, 100, 200, 500)))
        what = f"{distance} {draw(st.sampled_from(COURSES))} {draw(st.sampled_from(STROKES))}"
        name = f"{group} {what} Relay" if is_relay else f"{group} {what}"
        heats = []
        for heat in range(1, (draw(st.integers(1, 4)) if report == "program" else 1) + 1):
            count = draw(st.integers(1, 10))
            rows = tuple(draw(entries(meet, n, is_relay, is_first_last)) for n in range(1, count + 1))
            is_program = report == "program"
            heats.append(Heat(rows, heat if is_program else None, draw(clocks) if is_program else None))
        records = draw(
            st.sampled_from(((), ("1:23.45 * Meet Record 2018",), ("Pool: 22.05# 3/4/2018 Ada Li",)))
        )
        events.append(SwimEvent(number if is_numbered else None, name, tuple(heats), records))
    return meet, events


def expected(meet: Meet, events: Sequence[SwimEvent]) -> list[Row]:
    from service.kinds.heatsheets.times import read_clock

    rows = []
    for event in events:
        for heat in event.heats:
            for entry in heat.entries:
                is_program = meet.report == "program"
                rows.append(
                    Row(
                        event.name,
                        event.number,
                        heat=heat.number,
                        lane=entry.number if is_program else None,
                        name=entry.name,
                        age=entry.age,
                        team=entry.team,
                        relay=entry.relay,
                        seed=entry.seed,
                        final=entry.final,
                        place=entry.number if meet.report == "results" else None,
                        starts_at=read_clock(heat.starts) if heat.starts else None,
                        session_date="2025-11-08",
                        is_exhibition=entry.mark in ("x", "X"),
                    )
                )
    return rows


def bare(row: Row) -> tuple[object, ...]:
    return (
        row.event_name, row.event_number, row.heat, row.lane, row.name, row.age, row.team, row.relay, row.seed,
        row.final, row.place, row.starts_at, row.session_date, row.is_exhibition,
    )  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(sheets())
def test_a_printed_sheet_is_read_back_as_it_was(sheet: tuple[Meet, list[SwimEvent]]) -> None:
    meet, events = sheet
    with tempfile.TemporaryDirectory() as folder:
        read = parse_pdf(print_sheet(Path(folder) / "sheet.pdf", meet, events))
    assert read.style == meet.report
    assert [bare(row) for row in read.rows] == [bare(row) for row in expected(meet, events)]
    legs = [entry.legs for event in events for heat in event.heats for entry in heat.entries]
    assert [tuple((leg.name, leg.age) for leg in row.legs) for row in read.rows] == legs
    assert (read.meet_name, read.first_day, read.last_day, read.venue) == (
        "2025 Otter Fall Classic",
        "2025-11-08",
        "2025-11-09",
        "Riverside Natatorium",
    )
