"""The HTTP paths and the stream of shipping, over a real desk with a real child."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from aiohttp import ClientSession, FormData, web

from app import create_app
from service.config import Config
from service.http.runner import Runner
from tests.kinds.shipping_sheets import EXAMPLE


class Desk:
    """A running desk and a client to it."""

    def __init__(self, http: ClientSession) -> None:
        self.http = http

    async def command(
        self, command: str, status: int = 201, *, sheet: str | None = None, **more: str
    ) -> dict[str, Any]:
        """Send a command with the example's orders, or with the text of another sheet."""
        form = FormData(quote_fields=False)
        for name, value in ({"command": command} | more).items():
            form.add_field(name, value)
        content = EXAMPLE.read_bytes() if sheet is None else sheet.encode()
        form.add_field("source", content, filename="orders.csv")
        async with self.http.post("/api/v1/commands", data=form) as answer:
            assert answer.status == status, await answer.text()
            return dict(await answer.json())

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        async with self.http.get(path) as answer:
            assert answer.status == status, await answer.text()
            return dict(await answer.json())

    async def post(self, path: str, body: object, status: int = 202) -> dict[str, Any]:
        async with self.http.post(path, json=body) as answer:
            assert answer.status == status, await answer.text()
            return dict(await answer.json())

    async def bytes_of(self, path: str) -> bytes:
        async with self.http.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    async def said(
        self, job_id: str, until: str, after: str | None = None
    ) -> list[tuple[str, dict[str, Any], str]]:
        """Follow the job in the words of the kind until one of them has come; returns (word, data, id)."""
        path = f"/api/v1/jobs/{job_id}/progress/stream" + (f"?after={after}" if after else "")
        heard: list[tuple[str, dict[str, Any], str]] = []
        name = cursor = ""
        async with self.http.get(path) as stream:
            async for line in stream.content:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "id":
                    cursor = value
                elif field == "data":
                    heard.append((name, json.loads(value), cursor))
                elif not field and heard and heard[-1][0] == until:
                    return heard
        return heard

    async def confirmed(self, job_id: str, **more: Any) -> dict[str, Any]:
        """Wait for the preview, confirm it, wait for the end and return the job."""
        *_, (_, ready, cursor) = await self.said(job_id, "preview_ready")
        await self.post(f"/api/v1/jobs/{job_id}/confirm", {"hash": ready["hash"]} | more)
        await self.said(job_id, "batch_completed", cursor)
        return await self.get(f"/api/v1/jobs/{job_id}")


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Desk]]]:
    running: list[tuple[Runner, ClientSession]] = []

    async def begin(**settings: object) -> Desk:
        config = Config(**({"data_dir": tmp_path / "data", "port": 0} | settings))  # type: ignore[arg-type]
        runner = Runner(await create_app(config), shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}")
        running.append((runner, session))
        return Desk(session)

    yield begin
    for runner, session in running:
        await session.close()
        await runner.cleanup()


@pytest.fixture
async def desk(start: Callable[..., Awaitable[Desk]]) -> Desk:
    return await start()


async def test_a_command_is_previewed_confirmed_bought_and_printed(desk: Desk) -> None:
    accepted = await desk.command("ship all orders to California and Texas by ground")
    assert accepted["status"] == "queued"
    assert (accepted["selected_rows"], accepted["service"]) == (7, "ground")
    job_id = accepted["job_id"]

    *_, (_, ready, cursor) = await desk.said(job_id, "preview_ready")
    preview = await desk.get(f"/api/v1/jobs/{job_id}/preview")
    assert [row["order_id"] for row in preview["rows"]] == [
        "2001",
        "2002",
        "2003",
        "2004",
        "2011",
        "2013",
        "2001",
    ]
    assert preview["total_rows"] == 7
    assert preview["total_cost_cents"] == sum(row["estimated_cost_cents"] for row in preview["rows"])
    assert preview["hash"] == ready["hash"]
    assert {
        "row_number",
        "order_id",
        "recipient_name",
        "city_state",
        "service",
        "estimated_cost_cents",
        "warnings",
    } <= set(preview["rows"][0])
    assert preview["rows"][6]["warnings"] == ["Alike in number, name and address: row 1."]

    await desk.post(f"/api/v1/jobs/{job_id}/confirm", {"hash": "another"}, 409)
    for wrong in ({"skip": [20]}, {"skip_rows": 20}, {"skip_rows": ["20"]}, {"skip_rows": [0]}):
        await desk.post(f"/api/v1/jobs/{job_id}/confirm", {"hash": preview["hash"]} | wrong, 422)
    await desk.post(f"/api/v1/jobs/{job_id}/confirm", {"hash": preview["hash"], "skip_rows": [20]})
    heard = [(name, data) for name, data, _ in await desk.said(job_id, "batch_completed", cursor)]
    assert ("batch_started", {"total_rows": 6}) in heard
    bought = [data for name, data in heard if name == "row_completed"]
    assert [row["row_number"] for row in bought] == [1, 2, 3, 4, 11, 13]
    cost = sum(row["cost_cents"] for row in bought)
    assert heard[-1] == ("batch_completed", {"total_rows": 6, "successful": 6, "total_cost_cents": cost})

    items = (await desk.get(f"/api/v1/jobs/{job_id}/items"))["items"]
    assert [item["output"]["tracking_number"] for item in items] == [row["tracking_number"] for row in bought]
    label = await desk.bytes_of(f"/api/v1/labels/{bought[0]['tracking_number']}")
    assert label.startswith(b"%PDF")
    archive = zipfile.ZipFile(io.BytesIO(await desk.bytes_of(f"/api/v1/jobs/{job_id}/labels/zip")))
    assert archive.namelist() == [f"{row['tracking_number']}.pdf" for row in bought]
    merged = pypdfium2.PdfDocument(await desk.bytes_of(f"/api/v1/jobs/{job_id}/labels/merged"))
    assert len(merged) == 6
    merged.close()
    tracked = (await desk.bytes_of(f"/api/v1/jobs/{job_id}/artifacts/orders-tracked.csv")).decode()
    assert bought[0]["tracking_number"] in tracked.splitlines()[1]


async def test_a_row_to_skip_that_is_no_row_of_the_preview_is_refused_and_the_job_still_waits(
    desk: Desk,
) -> None:
    accepted = await desk.command("ship orders to Texas by ground")
    job_id = accepted["job_id"]
    *_, (_, ready, cursor) = await desk.said(job_id, "preview_ready")

    wrong = {"hash": ready["hash"], "skip_rows": [3, 1, 10**17]}
    problem = await desk.post(f"/api/v1/jobs/{job_id}/confirm", wrong, 422)

    assert problem["code"] == "invalid"
    assert [one["pointer"] for one in problem["errors"]] == ["/skip_rows/1", "/skip_rows/2"]
    assert (await desk.get(f"/api/v1/jobs/{job_id}"))["status"] == "held"
    stale = await desk.post(f"/api/v1/jobs/{job_id}/confirm", wrong | {"hash": "another"}, 409)
    assert stale["code"] == "stale_preview"
    await desk.post(f"/api/v1/jobs/{job_id}/confirm", {"hash": ready["hash"], "skip_rows": [3, 3]})
    heard = [(name, data) for name, data, _ in await desk.said(job_id, "batch_completed", cursor)]
    assert ("batch_started", {"total_rows": 2}) in heard


@pytest.mark.parametrize("caps", [None, '{"max_rows": 9}'])
async def test_a_stream_that_is_opened_while_rows_are_bought_says_first_how_many(
    desk: Desk, caps: str | None
) -> None:
    more = {"auto_confirm": caps} if caps else {}
    orders = EXAMPLE.read_text("utf-8").replace("Dock 2", "sandbox:slow")
    for street in ("14 Heron Street", "455 Camellia Street"):
        orders = orders.replace(f"{street},,", f"{street},sandbox:slow,")
    accepted = await desk.command("ship orders to California by ground", sheet=orders, **more)
    job_id = accepted["job_id"]
    cursor = None
    if not caps:
        *_, (_, ready, cursor) = await desk.said(job_id, "preview_ready")
        await desk.post(f"/api/v1/jobs/{job_id}/confirm", {"hash": ready["hash"], "skip_rows": [20]})
    await desk.said(job_id, "row_completed", cursor)

    heard = [(name, data) for name, data, _ in await desk.said(job_id, "batch_completed")]

    assert heard[0] == ("batch_started", {"total_rows": 4 if caps else 3})
    assert [name for name, _ in heard].count("batch_started") == 1
    assert heard[-1][1]["total_rows"] == heard[0][1]["total_rows"]


async def test_of_confirmations_at_the_same_time_one_counts_and_after_a_cancel_none(desk: Desk) -> None:
    accepted = await desk.command("ship orders to Texas by ground")
    job_id = accepted["job_id"]
    *_, (_, ready, cursor) = await desk.said(job_id, "preview_ready")

    async def confirm(body: dict[str, Any]) -> int:
        async with desk.http.post(f"/api/v1/jobs/{job_id}/confirm", json=body) as answer:
            return answer.status

    skips: list[dict[str, Any]] = [{"skip_rows": [3]}, {}, {"skip_rows": [4]}, {"hash": "another"}]
    statuses = await asyncio.gather(*(confirm({"hash": ready["hash"]} | more) for more in skips))
    assert sorted(statuses) == [202, 409, 409, 409]
    await desk.said(job_id, "batch_completed", cursor)
    assert await confirm({"hash": ready["hash"]}) == 409

    other = await desk.command("ship orders to California by ground")
    job_id = other["job_id"]
    *_, (_, ready, _) = await desk.said(job_id, "preview_ready")
    await desk.post(f"/api/v1/jobs/{job_id}/cancel", {})
    assert await confirm({"hash": ready["hash"], "skip_rows": [99]}) == 409
    assert (await desk.get(f"/api/v1/jobs/{job_id}/items"))["items"] == []


async def test_an_unclear_sentence_is_a_question_and_no_job(desk: Desk) -> None:
    problem = await desk.command("ship orders to Portland", 422)

    assert problem["code"] == "needs_clarification"
    assert "Portland" in problem["question"]
    assert [choice["command"] for choice in problem["choices"]] == [
        "ship orders to the city of Portland, Maine",
        "ship orders to the city of Portland, Oregon",
    ]
    assert problem["words"][-1]["tier"] == "ask"
    assert (await desk.get("/api/v1/jobs"))["jobs"] == []


async def test_an_earlier_file_is_named_by_its_job_and_the_history_tells_of_both(desk: Desk) -> None:
    first = await desk.command("ship orders to Texas")
    again = {"command": "ship orders to Florida overnight", "source_id": first["job_id"]}

    second = await desk.post("/api/v1/commands", again, 201)

    history = (await desk.get("/api/v1/commands/history?limit=2"))["commands"]
    assert [one["command"] for one in history] == ["ship orders to Florida overnight", "ship orders to Texas"]
    assert second["selected_rows"] == 2
    assert (await desk.post("/api/v1/commands", again | {"source_id": "no-job"}, 422))[
        "code"
    ] == "source_not_found"
    await desk.get("/api/v1/commands/history?limit=51", 422)


async def test_checking_a_command_explains_its_words_and_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    form = FormData()
    form.add_field("command", "ship orders over $1000 by express")
    form.add_field("source", EXAMPLE.read_bytes(), filename="orders.csv")
    async with desk.http.post("/api/v1/commands/check", data=form) as answer:
        told = await answer.json()

    assert told["explanation"] == "Ship by express: orders where total is over $1,000."
    assert told["selected_rows"] == 2
    assert {"field": "weight", "header": "weight_lb"}.items() <= next(
        one for one in told["mapping"] if one["field"] == "weight"
    ).items()
    assert [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()] == []


async def test_bad_sheets_and_bodies_are_refused_by_name(desk: Desk) -> None:
    for content, code in (
        (b"", "source_empty"),
        (b"name,city\na,b\n", "columns_missing"),
        (b"\0\0", "source_not_text"),
    ):
        form = FormData()
        form.add_field("command", "ship everything")
        form.add_field("source", content, filename="orders.csv")
        async with desk.http.post("/api/v1/commands", data=form) as answer:
            assert (answer.status, (await answer.json())["code"]) == (422, code)
    assert (await desk.command("ship everything", 422, mapping="[]"))["code"] == "invalid"
    assert (await desk.command("ship everything", 422, mapping='{"nose": "name"}'))[
        "code"
    ] == "mapping_invalid"
    assert (await desk.command("ship everything", 422, carrier="pigeon"))["code"] == "invalid"
    wrong = json.dumps({"field": "nose", "op": "eq", "value": 1})
    assert (await desk.command("ship everything", 422, filter=wrong))["code"] == "filter_invalid"
    assert (await desk.command("ship everything", 503, carrier="easypost"))[
        "code"
    ] == "carrier_not_configured"
    await desk.get("/api/v1/labels/SBX1", 404)
    await desk.get("/api/v1/labels/..%2F..%2Fetc", 404)


async def test_a_row_without_a_clear_answer_is_decided_by_a_look_up_and_never_bought_again(
    desk: Desk,
) -> None:
    accepted = await desk.command("ship orders to Florida")
    job = await desk.confirmed(accepted["job_id"])
    assert (job["items"]["failed"], job["items"]["needs_review"]) == (1, 1)

    answer = await desk.post(f"/api/v1/jobs/{job['id']}/items/19/look-up", {}, 200)

    assert answer["is_bought"] is True
    assert answer["job"]["items"] == {"total": 2, "completed": 1, "failed": 1, "needs_review": 0}
    rows = (await desk.get(f"/api/v1/jobs/{job['id']}/items?status=completed"))["items"]
    number = rows[0]["output"]["tracking_number"]
    assert (await desk.bytes_of(f"/api/v1/labels/{number}")).startswith(b"%PDF")
    archive = zipfile.ZipFile(io.BytesIO(await desk.bytes_of(f"/api/v1/jobs/{job['id']}/labels/zip")))
    assert archive.namelist() == [f"{number}.pdf"]
    await desk.post(f"/api/v1/jobs/{job['id']}/items/19/look-up", {}, 409)


@pytest.mark.parametrize("output", ["bought", {"tracking_number": "../../etc", "cost_cents": "x"}])
async def test_a_person_may_decide_a_row_with_any_words(desk: Desk, output: object) -> None:
    accepted = await desk.command("ship orders to Texas and Florida")
    job = await desk.confirmed(accepted["job_id"])

    decision = {"outcome": "completed", "output": output}
    await desk.post(f"/api/v1/jobs/{job['id']}/items/19/resolve", decision, 200)

    archive = zipfile.ZipFile(io.BytesIO(await desk.bytes_of(f"/api/v1/jobs/{job['id']}/labels/zip")))
    assert len(archive.namelist()) == 3
    retried = await desk.post(f"/api/v1/jobs/{job['id']}/retry", {})
    again = await desk.confirmed(retried["id"])
    assert (again["status"], again["output"]["successful"], again["output"]["failed"]) == ("completed", 4, 1)


async def test_a_retry_shows_only_what_is_left_and_warns_of_what_was_bought(desk: Desk) -> None:
    accepted = await desk.command("ship orders to Texas and Florida")
    job = await desk.confirmed(accepted["job_id"])
    rows = (await desk.get(f"/api/v1/jobs/{job['id']}/items?status=completed"))["items"]

    retried = await desk.post(f"/api/v1/jobs/{job['id']}/retry", {})

    *_, (_, ready, _) = await desk.said(retried["id"], "preview_ready")
    assert ready["total_rows"] == 1
    preview = await desk.get(f"/api/v1/jobs/{retried['id']}/preview")
    assert [row["order_id"] for row in preview["rows"]] == ["2018"]
    async with desk.http.delete(f"/api/v1/jobs/{job['id']}") as answer:
        assert answer.status == 204
    number = rows[0]["output"]["tracking_number"]
    assert (await desk.bytes_of(f"/api/v1/labels/{number}")).startswith(b"%PDF")  # the retry has it now


async def test_caps_buy_without_a_look_and_hold_when_they_are_broken(desk: Desk) -> None:
    within = await desk.command(
        "ship orders to Texas by ground", auto_confirm='{"max_rows": 3, "max_total_cents": 9000}'
    )
    heard = await desk.said(within["job_id"], "batch_completed")
    assert heard[-1][1]["successful"] == 3

    beyond = await desk.command("ship orders to Texas by ground", auto_confirm='{"max_each_cents": 100}')
    await desk.said(beyond["job_id"], "preview_ready")
    preview = await desk.get(f"/api/v1/jobs/{beyond['job_id']}/preview")
    assert len(preview["caps_exceeded"]) == 1
    assert preview["rows"][0]["warnings"][-1].startswith("A label for this order was bought before: SBX")


async def test_a_choice_may_be_sent_as_a_filter(desk: Desk) -> None:
    node = json.dumps({"field": "notes", "op": "contains", "value": "fragile"})

    accepted = await desk.command("ship fragile orders", filter=node, service="express")

    assert (accepted["selected_rows"], accepted["service"]) == (1, "express")
    assert accepted["explanation"] == "Ship by express: orders where notes contains “fragile”."


async def test_the_same_key_gives_the_same_job(desk: Desk) -> None:
    jobs = set()
    for _ in range(2):
        form = FormData()
        form.add_field("command", "ship orders to Texas")
        form.add_field("source", EXAMPLE.read_bytes(), filename="orders.csv")
        async with desk.http.post(
            "/api/v1/commands", data=form, headers={"Idempotency-Key": "once"}
        ) as answer:
            jobs.add((await answer.json())["job_id"])

    assert len(jobs) == 1
    assert len((await desk.get("/api/v1/jobs"))["jobs"]) == 1


async def test_questions_at_the_same_time_wait_for_each_other(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.command("ship orders to Texas") for _ in range(3)))

    assert len({one["job_id"] for one in answers}) == 3
