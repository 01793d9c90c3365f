"""Looking along the line over HTTP: every place of it, and when something would be done that is not handed in yet."""

import pytest

from tests.http.conftest import Place

DEMO = {"kind": "demo", "args": {"items": 1, "seconds": 0}}


async def submit(place: Place, count: int) -> list[str]:
    """Put small jobs in line and return their ids."""
    return [(await place.post("/api/v1/jobs", DEMO))["id"] for _ in range(count)]


async def test_the_line_is_read_place_by_place_in_its_own_order(place: Place):
    ids = await submit(place, 7)
    await place.post(f"/api/v1/jobs/{ids[6]}/move", {"to": "front"}, status=200)
    order = [ids[6], *ids[:6]]
    seen: list[tuple[int, str]] = []
    for after in (0, 3, 6, 9):
        page = await place.get(f"/api/v1/queue/jobs?after={after}&limit=3")
        assert (page["lane"], page["waiting"], page["after"]) == ("main", 7, after)
        seen += [(job["position"], job["id"]) for job in page["jobs"]]
    assert seen == list(enumerate(order, 1))


async def test_a_lane_that_is_not_there_has_no_line(place: Place):
    problem = await place.get("/api/v1/queue/jobs?lane=nowhere", status=404)
    assert problem["code"] == "lane_not_found"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=-1", "lane=a%20b", "status=queued"])
async def test_a_wrong_page_of_the_line_is_refused(place: Place, query: str):
    assert (await place.get(f"/api/v1/queue/jobs?{query}", status=422))["code"] == "invalid"


async def test_somebody_knows_when_it_would_be_done_before_handing_it_in(place: Place):
    first = await place.post("/api/v1/estimate", {"kind": "demo"}, status=200)
    assert (first["position"], first["lane"], first["is_paused"]) == (1, "main", True)
    assert first["starts_in"] == {"p50": 0.0, "p90": 0.0}
    assert 0 < first["finishes_in"]["p50"] <= first["finishes_in"]["p90"]
    ids = await submit(place, 3)
    told = await place.post("/api/v1/estimate", {"kind": "demo"}, status=200)
    assert told["position"] == 4
    assert told["starts_in"]["p50"] > first["starts_in"]["p50"]
    ten = await place.post("/api/v1/estimate", {"kind": "demo", "jobs": 10}, status=200)
    assert ten["starts_in"] == told["starts_in"]
    assert ten["finishes_in"]["p50"] > 2 * told["finishes_in"]["p50"]
    job = await place.get(f"/api/v1/jobs/{ids[2]}")
    assert told["starts_in"]["p50"] == pytest.approx(job["estimate"]["finishes_in"]["p50"], rel=0.01)


async def test_nothing_is_in_line_because_somebody_asked(place: Place):
    await place.post("/api/v1/estimate", {"kind": "epub", "input_bytes": 10**9, "jobs": 3}, status=200)
    assert (await place.get("/api/v1/queue"))["lanes"][0]["waiting"] == 0


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid", "/kind"),
        ({"kind": "nope"}, "kind_not_found", "/kind"),
        ({"kind": "demo", "jobs": 0}, "invalid", "/jobs"),
        ({"kind": "demo", "input_bytes": -1}, "invalid", "/input_bytes"),
        ({"kind": "demo", "input_bytes": "1"}, "invalid", "/input_bytes"),
        ({"kind": "demo", "colour": "red"}, "invalid", "/colour"),
    ],
)
async def test_a_wrong_question_is_refused_where_it_is_wrong(
    place: Place, body: dict[str, object], code: str, pointer: str
):
    problem = await place.post("/api/v1/estimate", body, status=422)
    assert (problem["code"], problem["errors"][0]["pointer"]) == (code, pointer)


async def test_statistics_tell_what_was_usual(place: Place):
    ids = await submit(place, 2)
    for job_id in ids:
        await place.finished(job_id)
    told = await place.get("/api/v1/stats?days=2")
    of_kind = next(one for one in told["quantiles"] if one["kind"] == "demo" and one["day"] is None)
    assert of_kind["jobs"] == 2
    assert 0 < of_kind["ran"]["p50"] <= of_kind["ran"]["p90"]
    assert 0 < of_kind["waited"]["p50"] <= of_kind["waited"]["p90"]
    assert {one["jobs"] for one in told["quantiles"] if one["day"]} == {2}
