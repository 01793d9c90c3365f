"""The kind as a job runs it: the result, the files it leaves, the cache, estimates, the calendar."""

import csv
import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from marshmallow import ValidationError

from service.kinds.heatsheets import pipeline
from service.kinds.heatsheets.cache import FolderCache, cache_key, pack, unpack
from service.kinds.heatsheets.calendar import CalendarChoices, event_title, make_calendar, short_event
from service.kinds.heatsheets.codes62 import ALPHABET, result_code
from service.kinds.heatsheets.kind import HeatsheetsArgs, HeatsheetsKind
from service.kinds.heatsheets.outcome import EVENT_FIELDS
from service.kinds.heatsheets.sheet import Row, Sheet, Swimmer
from service.kinds.testing import KindRun, RecordingHost, run_kind
from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, print_sheet

FREE, RELAY = "Girls 9-10 50 Yard Freestyle", "Mixed 10 & Under 200 Yard Medley Relay"


def heat(number: int, starts: str | None, *entries: Entry) -> Heat:
    return Heat(entries, number, starts)


MEET_EVENTS = [
    SwimEvent(
        12,
        FREE,
        (
            heat(
                1,
                "09:01 AM",
                Entry(3, "Li, Ann", 9, "UT", "41.20"),
                Entry(4, "Müller, Zoë", 10, "STAR-NI", "1:05.00"),
            ),
            heat(2, None, Entry(4, "Ng, Bo", 10, "UT", "39.10")),
            heat(3, None, Entry(4, "Smith, Jo", 10, "UT", "NT")),
            heat(4, None, Entry(4, "Smith, Jo", 9, "STAR-NI", "38.00")),
        ),
    ),
    SwimEvent(
        14,
        RELAY,
        (
            heat(
                1,
                "10:30 AM",
                Entry(5, None, None, "UT", "2:59.00", relay="A", legs=(("Ng, Bo", 10), ("Li, Ann", 9))),
            ),
        ),
    ),
]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return print_sheet(tmp_path / "heats.pdf", Meet(columns=2), MEET_EVENTS)


def find(tmp_path: Path, path: Path, swimmer: str, host: RecordingHost | None = None, **args: Any) -> KindRun:
    return run_kind(
        HeatsheetsKind(), tmp_path / "job", args={"swimmer": swimmer, **args}, files=[path], host=host
    )


def output_of(run: KindRun) -> dict[str, Any]:
    assert run.output is not None
    return run.output


def test_a_swimmers_events_are_found_relay_legs_included(tmp_path: Path, program: Path) -> None:
    output = output_of(find(tmp_path, program, "Ann Li"))
    assert output["events"] == [
        {
            "eventNumber": 12, "eventName": FREE, "heatNumber": 1, "lane": 3, "swimmerName": "Li, Ann", "age": 9,
            "team": "UT", "seedTime": "41.20", "finalTime": None, "place": None, "heatStartTime": "09:01 AM",
            "heatStartTimeEstimated": False, "sessionDate": "2025-11-08",
        },
        {
            "eventNumber": 14, "eventName": RELAY, "heatNumber": 1, "lane": 5, "swimmerName": "Li, Ann", "age": 9,
            "team": "UT", "seedTime": "2:59.00", "finalTime": None, "place": None, "heatStartTime": "10:30 AM",
            "heatStartTimeEstimated": False, "sessionDate": "2025-11-08",
        },
    ]  # fmt: skip
    wanted = {
        "swimmerName": "Ann Li", "meetName": "2025 Otter Fall Classic", "sessionDate": "2025-11-08", "eventCount": 2,
        "meetDateRange": "2025-11-08 to 2025-11-09", "venue": "Riverside Natatorium", "choices": [],
        "filename": "heats.pdf",
    }  # fmt: skip
    assert {key: output[key] for key in wanted} == wanted


def test_missing_start_times_are_estimated_from_the_heat_before_and_its_slowest_seed(
    tmp_path: Path, program: Path
) -> None:
    bo = output_of(find(tmp_path, program, "Bo Ng"))
    first = bo["events"][0]
    assert (first["heatNumber"], first["heatStartTime"], first["heatStartTimeEstimated"]) == (
        2,
        "09:03 AM",
        True,
    )
    assert "1 of the start times of Bo Ng are estimates." in bo["warnings"]
    assert any("3 heats have no start time" in warning for warning in bo["warnings"])
    jo = output_of(find(tmp_path, program, "Jo Smith", team="STAR-NI"))
    # 09:01 + 65 s = 09:02:05, + 60 s (never less than a minute) = 09:03:05, + 65 s (nobody has a seed) = 09:04:10
    assert [event["heatStartTime"] for event in jo["events"]] == ["09:05 AM"]


def test_swimmers_of_one_name_come_back_as_choices_until_one_is_chosen(tmp_path: Path, program: Path) -> None:
    unsure = output_of(find(tmp_path, program, "Smith, Jo"))
    assert unsure["events"] == []
    assert unsure["choices"] == [
        {"name": "Smith, Jo", "team": "UT", "age": 10},
        {"name": "Smith, Jo", "team": "STAR-NI", "age": 9},
    ]
    assert any("choose one by team and age" in warning for warning in unsure["warnings"])
    assert [(one["team"], [e["heatNumber"] for e in one["events"]]) for one in unsure["candidates"]] == [
        ("UT", [3]),
        ("STAR-NI", [4]),
    ]
    chosen = output_of(find(tmp_path, program, "Smith, Jo", team="UT", age=10))
    assert [event["heatNumber"] for event in chosen["events"]] == [3]


def test_a_relay_whose_club_has_another_name_there_has_the_same_swimmers(tmp_path: Path) -> None:
    relay = Entry(5, None, None, "Warriors", "2:59.00", relay="A", legs=(("Ng, Bo", 10), ("Li, Ann", 9)))
    singles = Heat(
        (Entry(3, "Li, Ann", 9, "WAT"), Entry(4, "Ng, Bo", 10, "WAT"), Entry(5, "Ng, Bo", 10, "UT")), 1
    )
    events = [SwimEvent(12, FREE, (singles,)), SwimEvent(14, RELAY, (heat(1, "10:30 AM", relay),))]
    path = print_sheet(tmp_path / "heats.pdf", Meet(), events)
    ann = output_of(find(tmp_path, path, "Ann Li"))
    assert [(event["eventNumber"], event["team"]) for event in ann["events"]] == [(12, "WAT"), (14, "WAT")]
    bo = output_of(find(tmp_path, path, "Bo Ng"))
    assert [one["team"] for one in bo["choices"]] == ["WAT", "UT", "Warriors"]


def test_a_swimmer_who_is_not_there_is_a_result_with_near_names(tmp_path: Path, program: Path) -> None:
    output = output_of(find(tmp_path, program, "Zoe Muler"))
    assert (output["eventCount"], output["events"]) == (0, [])
    assert output["choices"] == [{"name": "Müller, Zoë", "team": "STAR-NI", "age": 10}]
    assert "Zoe Muler is not on this sheet." in output["warnings"]


def test_the_files_of_a_job_say_the_same(tmp_path: Path, program: Path) -> None:
    run = find(tmp_path, program, "Ann Li", zone="America/New_York", alarm_minutes=15, length_minutes=20)
    output = output_of(run)
    assert run.host.artifacts == {
        "calendar.ics": "text/calendar",
        "events.csv": "text/csv",
        "swimmers.json": "application/json",
        "results.json": "application/json",
    }
    assert json.loads((run.artifacts_dir / "results.json").read_text()) == output
    rows = list(csv.DictReader(io.StringIO((run.artifacts_dir / "events.csv").read_bytes().decode())))
    assert tuple(rows[0]) == EVENT_FIELDS
    assert [row["heatStartTime"] for row in rows] == ["09:01 AM", "10:30 AM"]
    people = json.loads((run.artifacts_dir / "swimmers.json").read_text())["swimmers"]
    assert {"name": "Ng, Bo", "team": "UT", "age": 10} in people
    calendar = icalendar.Calendar.from_ical((run.artifacts_dir / "calendar.ics").read_bytes())
    first = calendar.events[0]
    assert str(first["summary"]) == "Li, Ann - E12 H1 L3 - 50 Free"
    assert str(first["location"]) == "Riverside Natatorium"
    start, end = first["dtstart"].dt, first["dtend"].dt
    assert start.astimezone(UTC) == datetime(2025, 11, 8, 14, 1, tzinfo=UTC)
    assert end - start == timedelta(minutes=20)
    assert first.alarms.times[0].trigger == start - timedelta(minutes=15)
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]


def test_events_without_a_time_are_counted_and_said(tmp_path: Path) -> None:
    path = print_sheet(
        tmp_path / "psych.pdf", Meet("psych"), [SwimEvent(1, FREE, (Heat((Entry(1, "Li, Ann", 9, "UT"),)),))]
    )
    run = find(tmp_path, path, "Li Ann")
    output = output_of(run)
    assert "calendar.ics" not in run.host.artifacts
    assert output["calendarEventCount"] == 0
    assert "1 of 1 events have no day or no start time: they are not in the calendar." in output["warnings"]


def test_without_a_zone_the_calendar_has_the_times_of_the_wall_clock() -> None:
    event = {
        "heatStartTime": "02:05 PM",
        "sessionDate": "2025-11-08",
        "eventName": "Men 1 mtr Diving",
        "swimmerName": "A",
    }
    made = make_calendar(
        [event, {"eventName": "x"}], CalendarChoices(alarm_minutes=None), "Code1234", datetime.now(UTC)
    )
    assert (made.event_count, made.left_out) == (1, 1)
    assert b"DTSTART:20251108T140500\r\n" in made.content
    assert b"VALARM" not in made.content
    assert b"UID:Code1234-1@nowserving" in made.content


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Girls 11-12 100 Yard Freestyle", "100 Free"),
        ("Women 200 SC Meter Freestyle Relay", "200 Free Relay"),
        ("Boys 8 & Under 25 Yard Butterfly", "25 Fly"),
        ("Mixed 18+ 200 Yard Medley Relay", "200 Medley Relay"),
        ("Men 3 mtr Diving", "3 mtr Diving"),
        ("Women 25-29 100 Yard IM", "100 IM"),
        ("Open", "Open"),
    ],
)
def test_an_events_name_is_shortened_for_a_small_screen(name: str, short: str) -> None:
    assert short_event(name) == short


def test_a_title_leaves_out_what_is_not_known() -> None:
    assert event_title({"swimmerName": "Ann Li", "eventName": "Women 50 Yard Butterfly"}) == "Ann Li - 50 Fly"


def test_a_sheet_is_read_once_for_all_its_swimmers(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert output_of(find(tmp_path, program, "Ann Li"))["parseCached"] is False

    def never(*args: object, **kwargs: object) -> Sheet:
        raise AssertionError("the sheet was read twice")

    monkeypatch.setattr(pipeline, "parse_pdf", never)
    second = output_of(find(tmp_path, program, "Bo Ng"))
    assert (second["parseCached"], second["eventCount"]) == (True, 2)


def test_a_cache_forgets_what_was_used_longest_ago_when_it_is_full(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache", max_bytes=25)
    for number, key in enumerate(("first", "second", "third")):
        cache.put(key, b"0123456789")
        os.utime(tmp_path / "cache" / key, (number, number))
    assert cache.get("first") is None
    assert cache.get("second") == b"0123456789"  # and is used now
    cache.put("fourth", b"0123456789")
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["fourth", "second"]


def test_a_damaged_cache_is_read_anew() -> None:
    sheet = Sheet(
        "program", [Row(FREE, 1, 2, 3, "Li, Ann", 9, legs=(Swimmer("Ng, Bo", "SR"),))], warnings=["w"]
    )
    stored = pack(sheet)
    assert unpack(stored) == sheet
    for damaged in (b"", stored[:-9], b"junk", pack(Sheet("program"))[:5], None):
        assert unpack(damaged) is None
    assert cache_key("abc", "auto") != cache_key("abc", "dmy")


def test_progress_goes_by_page_and_ends_at_one_hundred(tmp_path: Path) -> None:
    entries = tuple(Entry(n, "Li, Ann", 9, "UT") for n in range(1, 9))
    event = SwimEvent(1, FREE, tuple(Heat(entries, n, "09:00 AM") for n in range(1, 31)))
    path = print_sheet(tmp_path / "long.pdf", Meet(), [event])
    seen = find(tmp_path, path, "Ann Li").host.progress
    percents = [progress.percent for progress in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    pages = [progress.current for progress in seen if (progress.message or "").startswith("Page ")]
    assert pages == [1, 2, 3, 4, 5]
    assert [stage.status for stage in seen[-1].stages] == ["completed"] * 3
    assert [stage.name for stage in seen[0].stages] == ["reading", "finding", "writing"]


def test_a_cancel_is_seen_between_pages(tmp_path: Path, program: Path) -> None:
    from service.kinds.base import Cancelled

    host = RecordingHost(is_cancel_asked=True)
    with pytest.raises(Cancelled):
        find(tmp_path, program, "Ann Li", host)
    assert host.artifacts == {}


def test_a_result_code_is_short_always_the_same_and_passes_over_taken_ones(
    tmp_path: Path, program: Path
) -> None:
    first = output_of(find(tmp_path, program, "Ann Li"))["resultCode"]
    assert first == output_of(find(tmp_path, program, "Li, Ann"))["resultCode"]
    assert first != output_of(find(tmp_path, program, "Bo Ng"))["resultCode"]
    assert len(first) == 8
    assert set(first) <= set(ALPHABET)
    code = result_code(["x"])
    other = result_code(["x"], lambda taken: taken == code)
    assert other != code == result_code(["x"])
    assert other == result_code(["x"], lambda taken: taken == code)


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"swimmer": "7"},
        {"swimmer": "12345"},
        {"swimmer": "Ann Li", "zone": "Mars/Olympus"},
        {"swimmer": "Ann Li", "zone": "../../etc/passwd"},
        {"swimmer": "Ann Li", "alarm_minutes": 7},
        {"swimmer": "Ann Li", "length_minutes": 0},
        {"swimmer": "Ann Li", "date_order": "ymd"},
        {"swimmer": "Ann Li", "age": True},
        {"swimmer": "Ann Li", "session_date": "11/8/2025"},
        {"swimmer": ""},
    ],
)
def test_args_that_make_no_sense_are_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HeatsheetsArgs().load(args)


def test_empty_fields_of_a_form_are_as_if_left_out() -> None:
    empty = HeatsheetsArgs().load(
        {"swimmer": "Ann Li", "team": "", "age": "", "zone": "", "session_date": ""}
    )
    assert empty == HeatsheetsArgs().load({"swimmer": "Ann Li"})
    assert json.loads(json.dumps(empty)) == empty


def test_a_day_that_the_sheet_does_not_say_can_be_given(tmp_path: Path) -> None:
    path = print_sheet(tmp_path / "heats.pdf", Meet(session="Session 2"), MEET_EVENTS)
    without = output_of(find(tmp_path, path, "Ann Li"))
    assert [event["sessionDate"] for event in without["events"]] == [None, None]
    assert without["calendarEventCount"] == 0
    assert any("choose session_date" in warning for warning in without["warnings"])
    given = output_of(find(tmp_path, path, "Ann Li", session_date="2025-11-09"))
    assert [event["sessionDate"] for event in given["events"]] == ["2025-11-09", "2025-11-09"]
    assert (given["sessionDate"], given["calendarEventCount"]) == ("2025-11-09", 2)


def test_a_formula_in_a_name_is_text_in_the_csv(tmp_path: Path) -> None:
    from service.kinds.heatsheets.outcome import events_csv

    assert "'=1+1" in events_csv([{"swimmerName": "=1+1"}])


def test_the_example_sheet_is_read(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "heatsheets" / "otter-program.pdf"
    run = find(tmp_path, example, "Zoe Muller", zone="America/Chicago")
    output = output_of(run)
    assert output["rowCount"] == 16 * 8 + 1
    assert output["eventCount"] == 9
    assert output["events"][-1]["eventName"] == "Mixed 10 & Under 200 Yard Medley Relay"
    assert output["calendarEventCount"] == 9
    assert output["sessionDate"] == "2025-05-17"
    assert any("are estimated from the heat before" in warning for warning in output["warnings"])
