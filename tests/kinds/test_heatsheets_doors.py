"""The pure functions that the HTTP routes of this kind use: dialect, merging, links; and its docs."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.kinds.heatsheets import dates
from service.kinds.heatsheets.codes import REMEDIATION
from service.kinds.heatsheets.dates import Numbers, Order
from service.kinds.heatsheets.dialect import heatsheets_dialect
from service.kinds.heatsheets.kind import HeatsheetsKind
from service.kinds.heatsheets.links import find_pdf_links
from service.kinds.heatsheets.merge import Source, merge_results

ENDED = {
    "filename": "a.pdf",
    "meetName": "Open",
    "resultCode": "abcd1234",
    "events": [{"eventName": "50 Free", "swimmerName": "Li, Ann", "team": "UT", "age": 9}],
}
REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "batch_started",
            {"batch_id": "b", "total_jobs": 3, "args": {"swimmer": "Ann Li"}, "kind": "heatsheets"},
            (
                "batch_started",
                {"type": "batch_started", "batchId": "b", "totalJobs": 3, "swimmerName": "Ann Li"},
            ),
        ),
        (
            "job_progress",
            {"job_id": "j", "sequence": 2, "status": "running", "percent": 40.0, "message": "Page 2 of 5"},
            (
                "job_progress",
                {
                    "type": "job_progress",
                    "jobId": "j",
                    "sequence": 2,
                    "status": "running",
                    "progressPercent": 40.0,
                    "progressMessage": "Page 2 of 5",
                },
            ),
        ),
        (
            "job_completed",
            {
                "job_id": "j",
                "sequence": 1,
                "output": {
                    "resultCode": "abcd1234",
                    "eventCount": 4,
                    "meetName": "Open",
                    "parseCached": True,
                },
            },
            (
                "job_completed",
                {
                    "type": "job_completed",
                    "jobId": "j",
                    "sequence": 1,
                    "resultCode": "abcd1234",
                    "eventCount": 4,
                    "meetName": "Open",
                    "cached": True,
                },
            ),
        ),
        (
            "job_failed",
            {"job_id": "j", "sequence": 1, "error": {"code": "needs_ocr", "message": "No text."}},
            (
                "job_failed",
                {
                    "type": "job_failed",
                    "jobId": "j",
                    "sequence": 1,
                    "errorCode": "needs_ocr",
                    "errorMessage": "No text.",
                },
            ),
        ),
        (
            "job_cancelled",
            {"job_id": "j", "sequence": 1},
            (
                "job_failed",
                {
                    "type": "job_failed",
                    "jobId": "j",
                    "sequence": 1,
                    "errorCode": "cancelled",
                    "errorMessage": "The job was cancelled.",
                },
            ),
        ),
        (
            "batch_completed",
            {
                "batch_id": "b",
                "status": "partial",
                "total_jobs": 4,
                "completed_jobs": 2,
                "failed_jobs": 1,
                "cancelled_jobs": 1,
                "args": {"swimmer": "Ann Li"},
                "jobs": [
                    {"job_id": "j1", "sequence": 1, "status": "completed", "output": ENDED},
                    {
                        "job_id": "j2",
                        "sequence": 2,
                        "status": "completed",
                        "output": None,
                        "output_omitted": True,
                    },
                    {"job_id": "j3", "sequence": 3, "status": "failed", "output": None},
                    {"job_id": "j4", "sequence": 4, "status": "cancelled", "output": None},
                ],
            },
            (
                "batch_completed",
                {
                    "type": "batch_completed",
                    "batchId": "b",
                    "status": "partial",
                    "completedJobs": 2,
                    "failedJobs": 2,
                    "totalEvents": 1,
                    "results": [
                        {
                            "jobId": "j1",
                            "sequence": 1,
                            "filename": "a.pdf",
                            "meetName": "Open",
                            "sessionDate": None,
                            "eventCount": 1,
                            "resultCode": "abcd1234",
                            "events": ENDED["events"],
                        },
                        {
                            "jobId": "j2",
                            "sequence": 2,
                            "filename": "",
                            "meetName": None,
                            "sessionDate": None,
                            "eventCount": 0,
                            "resultCode": None,
                            "omitted": True,
                        },
                    ],
                },
            ),
        ),
        ("ping", {"time": "t"}, ("ping", {"time": "t"})),
        ("resync", {"batch": {}}, ("resync", {"batch": {}})),
        ("bye", {}, ("bye", {})),
    ],
)
def test_each_batch_event_is_said_in_the_words_of_the_kind(
    name: str, data: dict[str, Any], said: tuple[str, dict[str, Any]]
) -> None:
    assert list(heatsheets_dialect(name, data)) == [said]


@pytest.mark.parametrize("name", ["item_completed", "started", "log", "queued"])
def test_events_without_a_word_are_not_said(name: str) -> None:
    assert list(heatsheets_dialect(name, {})) == []


def test_the_kind_gives_its_dialect() -> None:
    assert HeatsheetsKind().dialect() is heatsheets_dialect


def event(
    number: int, day: str | None, at: str | None, team: str = "UT", age: int | None = 9, **more: Any
) -> dict[str, Any]:
    return {
        "eventNumber": number, "eventName": f"Event {number}", "heatNumber": 1, "swimmerName": "Li, Ann", "age": age,
        "team": team, "heatStartTime": at, "sessionDate": day, **more,
    }  # fmt: skip


def result(events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "meetName": "Open",
        "sessionDate": "2025-11-08",
        "events": events,
        "resultCode": "c",
        "warnings": [],
        **more,
    }


def test_events_of_all_sheets_are_merged_in_the_order_in_which_they_are_swum() -> None:
    merged = merge_results(
        "Ann Li",
        [
            Source(2, "sunday.pdf", result([event(30, "2025-11-09", "09:00 AM")], warnings=["w"])),
            Source(
                1,
                "saturday.pdf",
                result([event(2, "2025-11-08", "01:00 PM"), event(1, "2025-11-08", "09:30 AM")]),
            ),
            Source(3, "broken.pdf", None),
            Source(4, "psych.pdf", result([event(9, None, None)])),
        ],
        calendar_url="/api/batch/b/calendar.ics",
    )
    assert [one["eventNumber"] for one in merged["events"]] == [1, 2, 30, 9]
    assert [one["sourceSequence"] for one in merged["events"]] == [1, 1, 2, 4]
    assert merged["totalEvents"] == 4
    assert merged["sources"][1] == {
        "sequence": 2,
        "filename": "sunday.pdf",
        "meetName": "Open",
        "sessionDate": "2025-11-08",
        "eventCount": 1,
        "resultCode": "c",
    }
    assert [one["sequence"] for one in merged["sources"]] == [1, 2, 4]
    assert merged["warnings"] == ["sunday.pdf: w"]
    assert (merged["success"], merged["swimmerName"], merged["calendarUrl"]) == (
        True,
        "Ann Li",
        "/api/batch/b/calendar.ics",
    )


@pytest.mark.parametrize(("team", "age"), [("STAR", 9), ("UT", 14)])
def test_people_of_one_name_on_different_sheets_are_never_merged(team: str, age: int) -> None:
    sources = [
        Source(1, "a.pdf", result([event(1, "2025-11-08", "09:00 AM")])),
        Source(2, "b.pdf", result([event(2, "2025-11-08", "10:00 AM", team=team, age=age)])),
    ]
    merged = merge_results("Ann Li", sources)
    assert (merged["events"], merged["totalEvents"]) == ([], 0)
    assert merged["choices"] == [
        {"name": "Li, Ann", "team": "UT", "age": 9},
        {"name": "Li, Ann", "team": team, "age": age},
    ]
    assert "choose one" in merged["warnings"][0]
    assert [[one["eventNumber"] for one in person["events"]] for person in merged["candidates"]] == [[1], [2]]
    chosen = merge_results("Ann Li", sources, team=team, age=str(age))
    assert [one["eventNumber"] for one in chosen["events"]] == [2]
    assert chosen["candidates"] == []


def test_what_one_sheet_could_not_tell_apart_is_settled_by_a_choice_without_reading_it_again() -> None:
    young, old = event(1, "2025-11-08", "09:00 AM"), event(2, "2025-11-08", "09:30 AM", age=14)
    unsure = result(
        [],
        candidates=[
            {"name": "Li, Ann", "team": "UT", "age": one["age"], "events": [one]} for one in (young, old)
        ],
        warnings=["Several swimmers on this sheet are called Ann Li: choose one by team and age."],
    )
    sources = [
        Source(1, "a.pdf", unsure),
        Source(2, "b.pdf", result([event(3, "2025-11-09", "09:00 AM", age=14)])),
    ]
    assert [len(one["events"]) for one in merge_results("Ann Li", sources)["candidates"]] == [1, 2]
    chosen = merge_results("Ann Li", sources, age=14)
    assert [one["eventNumber"] for one in chosen["events"]] == [2, 3]
    assert chosen["warnings"] == []


def test_a_team_that_one_sheet_cuts_is_the_same_team() -> None:
    merged = merge_results(
        "Ann Li",
        [
            Source(1, "a.pdf", result([event(1, "2025-11-08", "09:00 AM", team="Lakeside Aquatic Club-NT")])),
            Source(2, "b.pdf", result([event(2, "2025-11-08", "10:00 AM", team="Lakeside Aqu", age=None)])),
        ],
    )
    assert merged["totalEvents"] == 2


def test_choices_of_all_sheets_are_offered_once() -> None:
    near = {"name": "Li, Anna", "team": "UT", "age": 9}
    outputs = [result([], choices=[near]), result([], choices=[dict(near)])]
    merged = merge_results("Ann Li", [Source(n, "a.pdf", one) for n, one in enumerate(outputs, 1)])
    assert merged["choices"] == [near]
    assert merge_results("Ann Li", [])["sources"] == []


PAGE = """<!doctype html><base href="/meets/2025/"><h1>Fall Classic</h1>
<a href="results.pdf">Results</a> <a href="heats%20sat.PDF#page=2"> Heat
 sheet <b>Saturday</b></a> <a href="heats%20sat.PDF">again</a> <a href="https://other.example/psych.pdf?v=2"></a>
<a href="map.pdf">Where to park</a> <a href="javascript:alert(1).pdf">x</a> <a href="file:///etc/x.pdf">y</a>
<a href="http://[bad/x.pdf">z</a> <a href="index.html">home</a> <iframe src="/viewer/program.pdf"></iframe>
<a href="m.hy3">HY3</a>
<a href="//cdn.example/download?file=heat.pdf">by query</a>"""


def test_the_pdf_links_of_a_meet_page_are_found_likely_sheets_first() -> None:
    links = find_pdf_links(PAGE, "https://swim.example/about/page.html")
    assert [(link.url, link.label, link.is_likely) for link in links] == [
        ("https://swim.example/meets/2025/results.pdf", "Results", True),
        ("https://swim.example/meets/2025/heats%20sat.PDF", "Heat sheet Saturday", True),
        ("https://other.example/psych.pdf?v=2", "psych.pdf", True),
        ("https://swim.example/viewer/program.pdf", "program.pdf", True),
        ("https://cdn.example/download?file=heat.pdf", "by query", True),
        ("https://swim.example/meets/2025/map.pdf", "Where to park", False),
        ("https://swim.example/meets/2025/m.hy3", "HY3", False),
    ]


@pytest.mark.parametrize("html", ["", "<a href>", b"\xff\xfe\x00<a href='x.pdf'>", "<a href='x.pdf'>" * 2000])
def test_any_page_can_be_searched_for_links(html: str | bytes) -> None:
    assert len(find_pdf_links(html, "https://swim.example/")) <= 1


def test_at_most_two_hundred_links_are_offered() -> None:
    page = "".join(f"<a href='{n}.pdf'>" for n in range(500))
    assert len(find_pdf_links(page, "https://swim.example/")) == 200


N = Numbers


@pytest.mark.parametrize(
    ("meet", "banner", "created", "order", "sure"),
    [
        ([N(23, 11, 2018), N(24, 11, 2018)], [N(20, 11, 2018)], None, "dmy", True),  # a part above 12
        ([N(11, 8, 2025)], [N(11, 13, 2025)], None, "mdy", True),
        ([N(11, 8, 2025), N(11, 9, 2025)], [], None, "mdy", True),  # a meet of 31 days there is not
        ([N(8, 11, 2025), N(9, 11, 2025)], [], None, "dmy", True),
        ([N(11, 10, 2019)], [N(11, 12, 2019)], None, "mdy", True),  # printed two days later, not two months
        ([N(5, 6, 2025)], [N(4, 6, 2025)], date(2025, 6, 4), "dmy", True),  # the file's own date
        ([N(5, 6, 2025)], [N(4, 6, 2025)], date(2025, 4, 6), "mdy", True),
        ([N(5, 6, 2025)], [], None, "mdy", False),
        ([N(6, 6, 2025)], [], None, "mdy", True),  # both ways the same day
        ([], [], None, None, True),
    ],
)
def test_the_order_of_day_and_month_is_decided_from_what_the_sheet_shows(
    meet: list[Numbers], banner: list[Numbers], created: date | None, order: Order | None, sure: bool
) -> None:
    assert dates.decide_order(meet, banner, created) == (order, sure)


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("Meet Program - Saturday Morning", date(2025, 11, 8)),
        ("Results - Sun PM", date(2025, 11, 9)),
        ("Heat Sheet - Day 3", date(2025, 11, 9)),
        ("Session: 1 Day of Meet: 1", date(2025, 11, 7)),
        ("Psych Sheet", None),
        ("Program - Tuesday", None),
        ("Program - Day 9", None),
    ],
)
def test_a_sessions_title_says_which_day_it_is(title: str, day: date | None) -> None:
    assert dates.session_day(title, date(2025, 11, 7), date(2025, 11, 9)) == day


def test_dates_in_words_need_no_order() -> None:
    assert dates.find_plain_dates("Nov 8-9, 2025") == [date(2025, 11, 8), date(2025, 11, 9)]
    assert dates.find_plain_dates("8 - 9 November 2025") == [date(2025, 11, 8), date(2025, 11, 9)]
    assert dates.find_plain_dates("2025-11-08") == [date(2025, 11, 8)]
    assert dates.find_plain_dates("31 February 2025") == []


def test_the_docs_name_every_code_every_arg_and_every_warning_sign() -> None:
    text = (REPOSITORY / "docs" / "kinds" / "heatsheets.md").read_text("utf-8")
    schema = HeatsheetsKind.Args
    assert schema is not None
    for word in (*REMEDIATION, *schema().fields):
        assert f"`{word}`" in text, word


def test_a_sheet_without_the_swimmer_is_warned_of_only_when_no_other_has_them() -> None:
    absent = {"events": [], "warnings": ["Ann Li is not on this sheet.", "It is a scan."]}
    found = {"events": ENDED["events"], "warnings": []}
    both = merge_results("Ann Li", [Source(1, "a.pdf", found), Source(2, "b.pdf", absent)])
    assert both["warnings"] == ["b.pdf: It is a scan."]
    alone = merge_results("Ann Li", [Source(1, "b.pdf", absent)])
    assert alone["warnings"] == ["Ann Li is not on this sheet.", "It is a scan."]
