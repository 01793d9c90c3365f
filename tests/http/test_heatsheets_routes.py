"""Heat sheets over HTTP: submit, follow, merge, choose, take the calendar along; and sheets that are none."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import icalendar
import pytest

from tests.http.conftest import Place
from tests.http.heatsheet_files import extract, form, frames, meet_day
from tests.http.test_openapi import Held

MISSING = "01890000-0000-7000-8000-000000000000"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "heatsheets"


@pytest.fixture
def day_one(tmp_path: Path) -> bytes:
    return meet_day(tmp_path / "one.pdf", "11/8/2025", "Saturday Morning", event=1)


@pytest.fixture
def day_two(tmp_path: Path) -> bytes:
    return meet_day(tmp_path / "two.pdf", "11/9/2025", "Sunday Morning", event=21)


@pytest.fixture
async def both(place: Place, day_one: bytes, day_two: bytes) -> tuple[Place, dict[str, Any]]:
    """A finished batch of two days of a meet."""
    accepted = await extract(place, form([("two.pdf", day_two), ("one.pdf", day_one)]))
    await frames(place, accepted["streamUrl"])
    return place, accepted


async def test_a_batch_speaks_the_older_service_s_words_from_beginning_to_end(
    place: Place, day_one: bytes, day_two: bytes
) -> None:
    accepted = await extract(place, form([("two.pdf", day_two), ("one.pdf", day_one)]))
    batch_id = accepted["batchId"]
    assert (accepted["success"], accepted["totalJobs"]) == (True, 2)
    assert accepted["streamUrl"] == f"/api/batch/{batch_id}/stream"
    assert [(job["sequence"], job["filename"]) for job in accepted["jobs"]] == [
        (1, "two.pdf"),
        (2, "one.pdf"),
    ]
    said = await frames(place, accepted["streamUrl"])
    names = [name for name, _, _ in said]
    assert (names[0], names[-1]) == ("batch_started", "batch_completed")
    assert set(names) <= {"batch_started", "job_progress", "job_completed", "batch_completed"}
    started = said[0][2]
    assert started == {"type": "batch_started", "batchId": batch_id, "totalJobs": 2, "swimmerName": "Ann Li"}
    done = [data for name, _, data in said if name == "job_completed"]
    assert [(one["sequence"], one["eventCount"], one["cached"]) for one in done] == [
        (1, 1, False),
        (2, 1, False),
    ]
    assert all(len(one["resultCode"]) == 8 and one["meetName"] for one in done)
    ended = said[-1][2]
    assert (ended["completedJobs"], ended["failedJobs"], ended["totalEvents"]) == (2, 0, 2)
    assert [one["resultCode"] for one in ended["results"]] == [one["resultCode"] for one in done]
    assert [len(one["events"]) for one in ended["results"]] == [1, 1]


async def test_answers_are_as_the_openapi_document_says(both: tuple[Place, dict[str, Any]]) -> None:
    place, accepted = both
    held = Held(await place.get("/api/openapi.json"))
    merged = await place.get(accepted["resultsUrl"])
    code = merged["sources"][0]["resultCode"]
    batch = "/api/batch/{batch_id}"
    held.check("post", "/api/batch/extract", 202, "application/json", accepted)
    for path, template in (
        (accepted["batchUrl"], batch),
        (accepted["resultsUrl"], f"{batch}/results"),
        ("/api/batch/swimmers?q=li", "/api/batch/swimmers"),
        (f"/api/results/{code}", "/api/results/{code}"),
    ):
        held.check("get", template, 200, "application/json", await place.get(path))
    problem = await place.get(f"/api/batch/{MISSING}/results", 404)
    held.check("get", f"{batch}/results", 404, "application/problem+json", problem)
    again = await place.post(f"{accepted['batchUrl']}/again", {"swimmer": "Annie Lee"})
    held.check("post", f"{batch}/again", 202, "application/json", again)
    await frames(place, again["streamUrl"])
    held.check("get", f"{batch}/results", 200, "application/json", await place.get(again["resultsUrl"]))


async def test_a_stream_that_broke_goes_on_where_it_was(both: tuple[Place, dict[str, Any]]) -> None:
    place, accepted = both
    whole = await frames(place, accepted["streamUrl"])
    durable = [(name, number) for name, number, _ in whole if number]
    rest = await frames(place, accepted["streamUrl"], **{"Last-Event-ID": str(durable[2][1])})
    assert [(name, number) for name, number, _ in rest if number] == durable[3:]
    async with place.http.get(accepted["streamUrl"], headers={"Last-Event-ID": str(durable[-1][1])}) as over:
        assert over.status == 204


async def test_the_events_of_all_sheets_are_merged_by_day_and_time(
    both: tuple[Place, dict[str, Any]],
) -> None:
    place, accepted = both
    merged = await place.get(accepted["resultsUrl"])
    assert (merged["success"], merged["swimmerName"], merged["totalEvents"]) == (True, "Ann Li", 2)
    assert [event["sessionDate"] for event in merged["events"]] == ["2025-11-08", "2025-11-09"]
    assert [(s["sequence"], s["filename"], s["eventCount"]) for s in merged["sources"]] == [
        (1, "two.pdf", 1),
        (2, "one.pdf", 1),
    ]
    first = merged["events"][0]
    assert {k: first[k] for k in ("eventNumber", "heatNumber", "lane", "heatStartTime", "seedTime", "team")} == {
        "eventNumber": 1, "heatNumber": 1, "lane": 4, "heatStartTime": "09:00 AM", "seedTime": "31.40", "team": "UT",
    }  # fmt: skip
    assert (merged["choices"], merged["failures"], merged["warnings"]) == ([], [], [])
    shown = await place.get(accepted["batchUrl"])
    assert (shown["status"], shown["completedJobs"]) == ("completed", 2)


async def test_what_is_there_so_far_is_shown_before_the_batch_is_over(place: Place, day_one: bytes) -> None:
    accepted = await extract(place, form([("one.pdf", day_one)]))
    merged = await place.get(accepted["resultsUrl"])  # the line is paused
    assert (merged["status"], merged["totalEvents"], merged["sources"]) == ("pending", 0, [])
    assert merged["calendarUrl"] is None
    shown = await place.get(accepted["batchUrl"])
    assert (shown["status"], shown["jobs"][0]["position"]) == ("pending", 1)


async def test_a_calendar_is_made_as_it_is_asked_for(both: tuple[Place, dict[str, Any]]) -> None:
    place, accepted = both
    merged = await place.get(accepted["resultsUrl"])

    async def calendar(query: str = "") -> list[icalendar.Event]:
        async with place.http.get(merged["calendarUrl"] + query) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.content_type == "text/calendar"
            assert 'filename="Ann Li.ics"' in answer.headers["Content-Disposition"]
            found = icalendar.Calendar.from_ical(await answer.text())
        return list(found.walk("VEVENT"))

    plain = await calendar()
    assert [str(one["summary"]) for one in plain] == [
        "Li, Ann - E1 H1 L4 - 50 Free",
        "Li, Ann - E21 H1 L4 - 50 Free",
    ]
    assert plain[0]["dtstart"].dt.isoformat() == "2025-11-08T09:00:00"
    assert plain[0].walk("VALARM")[0]["trigger"].dt.total_seconds() == -600
    assert len({str(one["uid"]) for one in plain}) == 2
    chosen = await calendar("?zone=America/New_York&alarm=15&length_minutes=20")
    assert chosen[0]["dtstart"].dt.isoformat() == "2025-11-08T09:00:00-05:00"
    assert (chosen[0]["dtend"].dt - chosen[0]["dtstart"].dt).total_seconds() == 1200
    assert chosen[0].walk("VALARM")[0]["trigger"].dt.total_seconds() == -900
    assert (await calendar("?alarm=none"))[0].walk("VALARM") == []
    picked = await calendar(f"?events={merged['events'][1]['eventKey']}")
    assert [str(one["summary"]) for one in picked] == ["Li, Ann - E21 H1 L4 - 50 Free"]
    for wrong in ("zone=Nowhere/Land", "alarm=7", "length_minutes=0", "events=x", "session_date=8/11", "x=1"):
        assert (await place.get(f"{merged['calendarUrl']}?{wrong}", 422))["code"] == "invalid"


async def test_events_without_a_day_get_one_by_choice_and_are_counted_until_then(
    place: Place, tmp_path: Path
) -> None:
    undated = meet_day(tmp_path / "undated.pdf", "11/8/2025 to 11/9/2025", "Prelims", event=1)
    accepted = await extract(place, form([("undated.pdf", undated)]))
    await frames(place, accepted["streamUrl"])
    merged = await place.get(accepted["resultsUrl"])
    assert merged["events"][0]["sessionDate"] is None
    assert any("not in the calendar" in warning for warning in merged["warnings"])
    assert (await place.get(merged["calendarUrl"], 422))["code"] == "calendar_empty"
    async with place.http.get(f"{merged['calendarUrl']}?session_date=2025-11-09") as answer:
        assert "DTSTART:20251109T090000" in await answer.text()


async def test_the_events_are_there_as_csv_too(both: tuple[Place, dict[str, Any]]) -> None:
    place, accepted = both
    async with place.http.get(f"{accepted['batchUrl']}/results.csv") as answer:
        assert answer.content_type == "text/csv"
        rows = list(csv.DictReader(io.StringIO(await answer.text())))
    assert [(row["eventNumber"], row["swimmerName"]) for row in rows] == [("1", "Li, Ann"), ("21", "Li, Ann")]


async def test_a_code_opens_its_result_later(both: tuple[Place, dict[str, Any]]) -> None:
    place, accepted = both
    source = (await place.get(accepted["resultsUrl"]))["sources"][0]
    opened = await place.get(f"/api/results/{source['resultCode']}")
    assert (opened["resultCode"], opened["filename"], opened["batchId"]) == (
        source["resultCode"],
        "two.pdf",
        accepted["batchId"],
    )
    assert [event["eventNumber"] for event in opened["events"]] == [21]
    async with place.http.get(opened["calendarUrl"]) as answer:
        assert (await answer.read()).startswith(b"BEGIN:VCALENDAR")
    for wrong in ("00000000", "short", "'; DROP--", "a" * 9):
        assert (await place.get(f"/api/results/{wrong}", 404))["code"] == "result_not_found"


async def test_a_second_swimmer_is_answered_from_the_sheets_that_were_read(
    both: tuple[Place, dict[str, Any]],
) -> None:
    place, accepted = both
    again = await place.post(f"{accepted['batchUrl']}/again", {"swimmer": "Bo Ng"})
    assert (again["totalJobs"], again["swimmerName"]) == (2, "Bo Ng")
    said = await frames(place, again["streamUrl"])
    assert [data["cached"] for name, _, data in said if name == "job_completed"] == [True, True]
    assert (await place.get(again["resultsUrl"]))["totalEvents"] == 2
    shown = await place.get(again["batchUrl"])
    assert [job["filename"] for job in shown["jobs"]] == ["two.pdf", "one.pdf"]


async def test_a_swimmer_in_no_sheet_is_a_completed_job_with_near_names_to_choose_from(
    place: Place, day_one: bytes
) -> None:
    accepted = await extract(place, form([("one.pdf", day_one)], swimmer="Annie Lee"))
    await frames(place, accepted["streamUrl"])
    merged = await place.get(accepted["resultsUrl"])
    assert (merged["status"], merged["totalEvents"]) == ("completed", 0)
    near = next(choice for choice in merged["choices"] if choice["name"] == "Li, Ann")
    again = await place.post(
        f"{accepted['batchUrl']}/again", {"swimmer": near["name"], "team": near["team"], "age": near["age"]}
    )
    await frames(place, again["streamUrl"])
    assert (await place.get(again["resultsUrl"]))["totalEvents"] == 1


async def test_two_swimmers_of_one_name_are_told_apart_by_a_choice(place: Place, tmp_path: Path) -> None:
    others = (("Ng, Bo", 9, "UT"), ("Ng, Bo", 11, "STAR"))
    sheet = meet_day(tmp_path / "twins.pdf", "11/8/2025", "Saturday", event=1, others=others)
    accepted = await extract(place, form([("twins.pdf", sheet)], swimmer="Bo Ng"))
    await frames(place, accepted["streamUrl"])
    merged = await place.get(accepted["resultsUrl"])
    assert merged["events"] == []
    assert {(c["team"], c["age"]) for c in merged["choices"]} == {("UT", 9), ("STAR", 11)}
    assert [len(one["events"]) for one in merged["candidates"]] == [1, 1]
    chosen = await place.post(
        f"{accepted['batchUrl']}/again", {"swimmer": "Bo Ng", "team": "STAR", "age": 11}
    )
    await frames(place, chosen["streamUrl"])
    assert [event["age"] for event in (await place.get(chosen["resultsUrl"]))["events"]] == [11]


async def test_a_file_that_came_twice_is_said_and_counts_once(place: Place, day_one: bytes) -> None:
    accepted = await extract(place, form([("a.pdf", day_one), ("b.pdf", day_one)]))
    assert [job["duplicateOf"] for job in accepted["jobs"]] == [None, 1]
    await frames(place, accepted["streamUrl"])
    merged = await place.get(accepted["resultsUrl"])
    assert (merged["totalEvents"], len(merged["sources"])) == (1, 2)
    assert any("same file" in warning for warning in merged["warnings"])


async def test_names_are_completed_from_the_sheets_that_were_read(
    both: tuple[Place, dict[str, Any]],
) -> None:
    place, _ = both
    assert (await place.get("/api/batch/swimmers?q=an"))["swimmers"] == [
        {"name": "Li, Ann", "team": "UT", "age": 9}
    ]
    for typed in ("ann l", "LI", "Li, An"):
        assert [one["name"] for one in (await place.get(f"/api/batch/swimmers?q={typed}"))["swimmers"]] == [
            "Li, Ann"
        ]
    assert (await place.get("/api/batch/swimmers?q=zz"))["swimmers"] == []
    assert (await place.get("/api/batch/swimmers", 422))["code"] == "invalid"


async def test_the_same_key_is_the_same_batch(place: Place, day_one: bytes) -> None:
    first = await extract(place, form([("a.pdf", day_one)]), **{"Idempotency-Key": "k"})
    assert await extract(place, form([("a.pdf", day_one)]), **{"Idempotency-Key": "k"}) == first
    assert (await extract(place, form([("b.pdf", day_one)]), 422, **{"Idempotency-Key": "k"}))["code"] == (
        "idempotency_mismatch"
    )


@pytest.mark.parametrize(
    ("files", "fields", "code"),
    [
        ((), {}, "too_few_files"),
        ((("a.txt", b"x"),), {}, "file_type_not_accepted"),
        ((("a.pdf", b"x"),), {"urls": '["ftp://x/y"]'}, "invalid"),
        ((("a.pdf", b"x"),), {"urls": '["http://me:pw@x/y"]'}, "invalid"),
        ((("a.pdf", b"x"),), {"urls": "{"}, "invalid"),
        ((("a.pdf", b"x"),), {"zone": "Nowhere"}, "invalid"),
        ((("a.pdf", b"x"),), {"alarm_minutes": "7"}, "invalid"),
        ((("a.pdf", b"x"),), {"age": "12345"}, "invalid"),
        ((("a.pdf", b"x"),), {"nonsense": "1"}, "unknown_field"),
    ],
)
async def test_a_refused_batch_leaves_nothing(
    place: Place, files: Sequence[tuple[str, bytes]], fields: dict[str, str], code: str
) -> None:
    assert (await extract(place, form(files, **fields), 422))["code"] == code
    assert (await extract(place, form([("a.pdf", b"x")], swimmer="  "), 422))["code"] == "invalid"
    assert place.kept_files() == []
    assert (await place.get("/api/v1/batches"))["batches"] == []


async def test_a_batch_that_is_none_of_ours_is_not_known_before_anything_else(place: Place) -> None:
    for path in ("", "/stream", "/results", "/results.csv", "/calendar.ics?zone=x"):
        assert (await place.get(f"/api/batch/{MISSING}{path}", 404))["code"] == "batch_not_found"
    for path in ("cancel", "retry", "again"):
        problem = await place.post(f"/api/batch/{MISSING}/{path}", {"junk": 1}, 404)
        assert (problem["code"], problem["success"]) == ("batch_not_found", False)


async def test_a_batch_is_cancelled_and_only_what_failed_is_tried_again(place: Place, day_one: bytes) -> None:
    accepted = await extract(place, form([("a.pdf", day_one), ("bad.pdf", b"no pdf")]))
    cancelled = await place.post(f"{accepted['batchUrl']}/cancel")
    assert (cancelled["status"], cancelled["cancelledJobs"]) == ("cancelled", 2)
    assert (await place.post(f"{accepted['batchUrl']}/cancel", status=409))["code"] == "conflict"
    retried = await place.post(f"{accepted['batchUrl']}/retry")
    assert [job["status"] for job in retried["jobs"]] == ["queued", "queued"]
    await frames(place, accepted["streamUrl"])
    partial = await place.get(accepted["batchUrl"])
    assert (partial["status"], partial["completedJobs"], partial["failedJobs"]) == ("partial", 1, 1)
    done = partial["jobs"][0]["jobId"]
    await place.post(f"{accepted['batchUrl']}/retry")
    said = await frames(place, accepted["streamUrl"])
    assert [name for name, _, _ in said].count(
        "batch_completed"
    ) == 1  # the ends that retries undid are not told
    assert (await place.get(accepted["batchUrl"]))["jobs"][0]["jobId"] == done
    again = await frames(place, accepted["streamUrl"])  # the whole story, once it is over
    assert [(name, number) for name, number, _ in again if number] == [
        (name, number) for name, number, _ in said if number
    ]


async def test_the_files_of_a_batch_come_as_one_zip(both: tuple[Place, dict[str, Any]]) -> None:
    place, accepted = both
    async with place.http.get(f"/api/v1/batches/{accepted['batchId']}/artifacts.zip") as answer:
        names = ZipFile(io.BytesIO(await answer.read())).namelist()
    assert sum(name.endswith("calendar.ics") for name in names) == 2
