"""Heat sheets from addresses and from elsewhere: meet pages, hostile files and links, a language model, real sheets."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.http.conftest import Place, Start
from tests.http.heatsheet_files import extract, form, frames, hostile_files, meet_day

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "heatsheets"


@pytest.fixture
def day_one(tmp_path: Path) -> bytes:
    return meet_day(tmp_path / "one.pdf", "11/8/2025", "Saturday Morning", event=1)


@pytest.fixture
def day_two(tmp_path: Path) -> bytes:
    return meet_day(tmp_path / "two.pdf", "11/9/2025", "Sunday Morning", event=21)


@pytest.fixture
async def web_site(day_one: bytes) -> AsyncIterator[str]:
    """A meet's web site on loopback."""

    async def sheet(_: web.Request) -> web.Response:
        return web.Response(body=day_one, content_type="application/pdf")

    async def page(_: web.Request) -> web.Response:
        links = '<a href="/heats.pdf">Heat sheet</a> <a href="rules.pdf">Pool rules</a> <a href="/x">No</a>'
        return web.Response(text=f"<!doctype html><title>Meet</title>{links}", content_type="text/html")

    async def empty(_: web.Request) -> web.Response:
        return web.Response(text="<html>Not found, but 200</html>", content_type="text/html")

    async def text(_: web.Request) -> web.Response:
        return web.Response(text="Heat 1 of 3", content_type="text/plain")

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"%PDF-1.7\n")
        await asyncio.Event().wait()
        return response

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(60_000_000)})
        await response.prepare(request)
        return response

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def round_and_round(_: web.Request) -> web.Response:
        raise web.HTTPFound("/round")

    app = web.Application()
    for path, handler in (
        ("/heats.pdf", sheet), ("/meet", page), ("/empty", empty), ("/text.pdf", text), ("/slow.pdf", slow),
        ("/large.pdf", large), ("/away", away), ("/round", round_and_round),
    ):  # fmt: skip
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def open_place(start: Start) -> Place:
    """A desk that may fetch from loopback, and does not wait for long."""
    return await start(
        allow_url_hosts=("127.0.0.1",), kind_settings={"heatsheets": {"url_timeout_seconds": "1.5"}}
    )


async def test_files_and_addresses_together_are_jobs_in_the_order_they_were_sent(
    open_place: Place, web_site: str, day_two: bytes
) -> None:
    data = form([("two.pdf", day_two)], urls=json.dumps([f"{web_site}/heats.pdf"]))
    accepted = await extract(open_place, data)
    assert [job["filename"] for job in accepted["jobs"]] == ["two.pdf", "heats.pdf"]
    said = await frames(open_place, accepted["streamUrl"])
    assert said[-1][2]["totalEvents"] == 2
    assert (await open_place.get(accepted["resultsUrl"]))["sources"][1]["filename"] == "heats.pdf"


async def test_an_address_alone_is_a_job_too(open_place: Place, web_site: str) -> None:
    args = {"swimmer": "Ann Li", "url": f"{web_site}/away?to=/heats.pdf"}
    job = await open_place.post("/api/v1/jobs", {"kind": "heatsheets", "args": args})
    done = await open_place.finished(job["id"])
    assert (done["status"], done["output"]["eventCount"], done["output"]["filename"]) == (
        "completed",
        1,
        "heats.pdf",
    )
    assert done["progress"]["stages"][0]["name"] == "downloading"


async def test_an_empty_address_is_refused_and_no_job_is_made_without_a_sheet(open_place: Place) -> None:
    body = {"swimmer": "Ann Li", "urls": [""]}
    problem = await open_place.post("/api/batch/extract", body, 422)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("invalid", "/urls")
    assert (await open_place.get("/api/v1/jobs"))["jobs"] == []
    args = {"swimmer": "Ann Li", "url": ""}
    problem = await open_place.post("/api/v1/jobs", {"kind": "heatsheets", "args": args}, 422)
    assert problem["code"] == "too_few_files"


async def test_a_meet_page_offers_its_files_and_one_of_them_is_taken(
    open_place: Place, web_site: str
) -> None:
    async with open_place.http.post(
        "/api/batch/extract", json={"swimmer": "Ann Li", "urls": [f"{web_site}/meet"]}
    ) as answer:
        accepted = await answer.json()
    await frames(open_place, accepted["streamUrl"])
    merged = await open_place.get(accepted["resultsUrl"])
    assert (merged["totalEvents"], merged["sources"][0]["resultCode"]) == (0, None)
    assert merged["links"] == [
        {"url": f"{web_site}/heats.pdf", "label": "Heat sheet", "isLikely": True},
        {"url": f"{web_site}/rules.pdf", "label": "Pool rules", "isLikely": False},
    ]
    urls = [merged["links"][0]["url"]]
    again = await open_place.post(f"{accepted['batchUrl']}/again", {"swimmer": "Ann Li", "urls": urls})
    assert again["totalJobs"] == 1
    await frames(open_place, again["streamUrl"])
    assert (await open_place.get(again["resultsUrl"]))["totalEvents"] == 1


async def test_every_sheet_that_is_none_has_its_own_code_and_the_line_goes_on(
    open_place: Place, web_site: str, tmp_path: Path, day_one: bytes
) -> None:
    files = hostile_files(tmp_path)
    port = web_site.rpartition(":")[2]
    addresses = {
        f"http://127.0.0.2:{port}/heats.pdf": "url_not_allowed",
        "http://10.1.2.3/heats.pdf": "url_not_allowed",
        "http://[::1]/heats.pdf": "url_not_allowed",
        "http://2130706433/heats.pdf": "url_not_allowed",
        f"{web_site}/away?to=http://169.254.169.254/latest": "url_not_allowed",
        f"{web_site}/away?to=file:///etc/passwd": "url_invalid",
        f"{web_site}/slow.pdf": "url_timeout",
        f"{web_site}/large.pdf": "url_too_large",
        f"{web_site}/missing.pdf": "url_status",
        f"{web_site}/round": "url_too_many_redirects",
        f"{web_site}/empty": "not_a_pdf",
        f"{web_site}/text.pdf": "not_a_pdf",
    }
    pdfs = [(name, path.read_bytes()) for name, (path, _) in files.items()]
    data = form([*pdfs, ("good.pdf", day_one)], urls=json.dumps([*addresses, f"{web_site}/heats.pdf"]))
    accepted = await extract(open_place, data)
    said = await frames(open_place, accepted["streamUrl"])
    failed = {data["sequence"]: data["errorCode"] for name, _, data in said if name == "job_failed"}
    wanted = [code for _, code in files.values()] + [None] + list(addresses.values()) + [None]
    assert [failed.get(number) for number in range(1, len(wanted) + 1)] == wanted
    assert said[-1][0] == "batch_completed"
    assert (said[-1][2]["status"], said[-1][2]["completedJobs"]) == ("partial", 2)
    shown = await open_place.get(accepted["batchUrl"])
    assert all(job["remediation"] for job in shown["jobs"] if job["status"] == "failed")
    assert (
        shown["jobs"][-1]["duplicateOf"] == len(files) + 1
    )  # what the address led to, known once it was fetched
    merged = await open_place.get(accepted["resultsUrl"])
    assert (merged["totalEvents"], len(merged["failures"])) == (1, len(files) + len(addresses))
    after = await open_place.post("/api/v1/jobs", {"kind": "demo", "args": {"items": 1, "seconds": 0}})
    assert (await open_place.finished(after["id"]))["status"] == "completed"


async def test_an_unknown_layout_is_given_to_the_configured_model_over_http(
    start: Start, tmp_path: Path
) -> None:
    asked = []

    async def complete(request: web.Request) -> web.Response:
        asked.append((request.headers["Authorization"], await request.json()))
        row = {
            "event_number": 7, "event_name": "Fly, 50 m", "heat": None, "lane": None, "name": "Ann Li", "age": None,
            "team": "Otters", "seed_time": "41.20", "final_time": None, "place": None, "heat_start_time": None,
        }  # fmt: skip
        content = json.dumps({"meet_name": None, "rows": [row, {**row, "name": "Not There"}]})
        return web.json_response({"choices": [{"message": {"role": "assistant", "content": content}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        model = {
            "llm_base_url": f"http://127.0.0.1:{runner.addresses[0][1]}/v1",
            "llm_model": "small",
            "llm_api_key": "s3cret-key",
        }
        place = await start(kind_settings={"heatsheets": model})
        path, _ = hostile_files(tmp_path)["odd.pdf"]
        accepted = await extract(place, form([("odd.pdf", path.read_bytes())]))
        await frames(place, accepted["streamUrl"])
        merged = await place.get(accepted["resultsUrl"])
        assert [event["seedTime"] for event in merged["events"]] == ["41.20"]
        assert asked[0][0] == "Bearer s3cret-key"
        assert asked[0][1]["model"] == "small"
        log = f"/api/v1/jobs/{accepted['jobs'][0]['jobId']}/log"
        async with place.http.get(log) as answer:
            assert "s3cret-key" not in await answer.text()
    finally:
        await runner.cleanup()


@pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason=f"MISSING SAMPLES: {SAMPLES} is not there, so real sheets are not sent over HTTP in this run",
)
async def test_real_sheets_go_through_the_whole_service(place: Place) -> None:
    rows = json.loads((SAMPLES / "heat1.json").read_text())
    people = Counter((row["name"], row["age"], row["team"]) for row in rows if row.get("name"))
    (name, age, team), swims = people.most_common(1)[0]
    names = ("heat1.pdf", "heat2.pdf", "heat3.pdf", "psych-sheet-0.pdf")
    pdfs = [(file, (SAMPLES / file).read_bytes()) for file in names]
    accepted = await extract(place, form(pdfs, swimmer="Nobody Atall"))
    said = await frames(place, accepted["streamUrl"])
    assert said[-1][2]["completedJobs"] == len(names)
    known = (await place.get(f"/api/batch/swimmers?q={name}&limit=50"))["swimmers"]
    assert (name, age) in [(one["name"], one["age"]) for one in known]
    again = await place.post(f"{accepted['batchUrl']}/again", {"swimmer": name, "age": age, "team": team})
    said = await frames(place, again["streamUrl"])
    assert [data["cached"] for word, _, data in said if word == "job_completed"] == [True] * len(names)
    merged = await place.get(again["resultsUrl"])
    found = [event for event in merged["events"] if event["sourceSequence"] == 1]
    wanted = [row for row in rows if (row["name"], row["age"], row["team"]) == (name, age, team)]
    assert sorted((e["eventNumber"], e["heatNumber"], e["lane"], e["seedTime"]) for e in found) == sorted(
        (row["event"], row["heat"], row["lane"], row["seed"]) for row in wanted
    )
    assert len(found) == swims
