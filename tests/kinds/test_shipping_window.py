"""What the window asks of shipping: columns with samples, a preview by the page, a label as a picture, old commands."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from aiohttp import ClientSession, FormData, web
from PIL import Image

from app import create_app
from service.config import Config
from service.http.runner import Runner
from service.kinds.shipping.dialect import shipping_dialect
from service.kinds.shipping.plan import plan_path
from service.kinds.shipping.plan_pages import PageWanted, read_page
from tests.kinds.shipping_sheets import EXAMPLE, order, write_csv
from tests.kinds.test_shipping_doors import Desk
from tests.kinds.test_shipping_job import held


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    runner = Runner(await create_app(Config(data_dir=tmp_path / "data", port=0)), shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        yield Desk(session)
    await runner.cleanup()


async def explained(desk: Desk, content: bytes, **more: str) -> dict[str, Any]:
    form = FormData()
    form.add_field("source", content, filename="orders.csv")
    for name, value in more.items():
        form.add_field(name, value)
    async with desk.http.post("/api/v1/commands/explain", data=form) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def test_the_columns_of_a_sheet_are_shown_with_values_and_what_is_missing_is_no_error(
    desk: Desk, tmp_path: Path
) -> None:
    answer = await explained(
        desk, b"Client,city,state,Zip,country,weight\nAnn,Salem,OR,02134,US,2\n,Bend,OR,2134,US,3\n"
    )

    told = answer["sheet"]
    assert answer["status"] == "idle"
    assert told["headers"] == ["Client", "city", "state", "Zip", "country", "weight"]
    assert told["samples"][0] == ["Ann"]
    assert told["samples"][3] == ["02134", "2134"]
    assert told["missing"] == ["name", "address1"]
    found = {one["field"]: (one["header"], one["is_required"]) for one in told["fields"]}
    assert (found["postal"], found["name"], found["notes"]) == (("Zip", True), (None, True), (None, False))
    assert [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()] == []


async def test_a_person_s_mapping_goes_before_the_names_of_the_columns(desk: Desk) -> None:
    sheet = b"Client,Street,city,state,Zip,country,weight\nAnn,1 A St,Salem,OR,02134,US,2\n"

    told = await explained(desk, sheet, mapping=json.dumps({"name": "Client", "address1": "Street"}))
    wrong = await explained(desk, sheet, mapping='{"name": "nobody"}')

    assert told["sheet"]["missing"] == []
    assert (wrong["status"], wrong["code"], wrong["sheet"]) == ("refused", "mapping_invalid", None)


async def test_a_sentence_is_explained_while_it_is_written_and_no_answer_is_an_error(desk: Desk) -> None:
    sheet = EXAMPLE.read_bytes()

    half = await explained(desk, sheet, command="ship orders to Port")
    asked = await explained(desk, sheet, command="ship orders to Portland")
    whole = await explained(desk, sheet, command=asked["choices"][0]["command"])
    lost = await explained(desk, b"name,city\na,b\n", command="ship everything")
    broken = await explained(desk, b"", command="ship everything")

    assert (half["status"], half["words"][-1]["tier"]) == ("asked", "unknown")
    assert (asked["status"], asked["words"][-1]["tier"]) == ("asked", "ask")
    assert (whole["status"], whole["selected_rows"], whole["source_rows"]) == ("understood", 1, 20)
    assert (lost["status"], lost["code"], len(lost["sheet"]["missing"])) == ("refused", "columns_missing", 5)
    assert (broken["status"], broken["code"], broken["sheet"]) == ("refused", "source_empty", None)
    assert (await desk.get("/api/v1/jobs"))["jobs"] == []


async def test_the_columns_of_an_earlier_sheet_are_read_again(desk: Desk) -> None:
    first = await desk.command("ship orders to Texas")

    told = (await desk.post("/api/v1/commands/explain", {"source_id": first["job_id"]}, 200))["sheet"]

    assert told["samples"][told["headers"].index("order_id")] == ["2001", "2002", "2003"]
    await desk.post("/api/v1/commands/explain", {"source_id": "no-job"}, 422)
    again = {"command": "ship orders to Texas", "source_id": first["job_id"]}
    assert (await desk.post("/api/v1/commands", again, 201))["selected_rows"] == 3  # the sheet is still there


async def test_a_preview_is_paged_filtered_and_summed_up(desk: Desk) -> None:
    accepted = await desk.command("ship everything")
    path = f"/api/v1/jobs/{accepted['job_id']}/preview/rows"
    *_, (_, ready, _) = await desk.said(accepted["job_id"], "preview_ready")

    first = await desk.get(f"{path}?limit=8")
    second = await desk.get(f"{path}?limit=8&after={first['next_after']}")
    last = await desk.get(f"{path}?limit=8&after={second['next_after']}")

    numbers = [row["row_number"] for page in (first, second, last) for row in page["rows"]]
    assert numbers == list(range(1, 21))
    assert (first["hash"], last["next_after"], first["matching_rows"]) == (ready["hash"], None, 20)
    assert (first["summary"]["problem_rows"], second["summary"]) == (2, None)
    assert sum(one["total_cost_cents"] for one in first["summary"]["services"]) == ready["total_cost_cents"]
    warned = await desk.get(f"{path}?show=warned")
    assert warned["matching_rows"] == len(warned["rows"]) == first["summary"]["warned_rows"]
    assert all(row["warnings"] or row["problem"] for row in warned["rows"])
    assert [row["order_id"] for row in (await desk.get(f"{path}?show=problem"))["rows"]] == ["2016", "2017"]
    assert [row["order_id"] for row in (await desk.get(f"{path}?q=ortega"))["rows"]] == ["2002"]
    assert (await desk.get(f"{path}?q=%25"))["rows"] == []
    await desk.get(f"{path}?show=nothing", 422)


async def test_a_job_without_a_plan_has_no_rows_to_show(desk: Desk) -> None:
    demo = FormData(default_to_multipart=True)
    demo.add_field("kind", "demo")
    demo.add_field("args", "{}")
    async with desk.http.post("/api/v1/jobs", data=demo) as answer:
        other = (await answer.json())["id"]

    await desk.get(f"/api/v1/jobs/{other}/preview/rows", 404)


def test_a_plan_that_is_being_made_is_not_shown(tmp_path: Path) -> None:
    assert read_page(plan_path(tmp_path, "job"), PageWanted()) is None


def test_a_percent_sign_in_a_name_is_found_as_such(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "orders.csv", [order(name="100% Wool"), order(name="100 Sheep", order_id="2")]
    )
    held(tmp_path / "job", source=source)
    plan = next((tmp_path / "job").rglob("plan-*.db"))

    page = read_page(plan, PageWanted(text="0% w"))

    assert page is not None
    assert [row["recipient_name"] for row in page["rows"]] == ["100% Wool"]


async def test_a_label_is_looked_at_as_a_picture_whose_bars_can_be_read(desk: Desk) -> None:
    accepted = await desk.command("ship orders to Texas by ground")
    job = await desk.confirmed(accepted["job_id"])
    items = (await desk.get(f"/api/v1/jobs/{job['id']}/items"))["items"]
    number = items[0]["output"]["tracking_number"]

    async with desk.http.get(f"/api/v1/labels/{number}/image") as answer:
        content = await answer.read()
        headers = answer.headers
        assert answer.status == 200

    assert headers["Content-Type"] == "image/png"
    assert "script-src" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (812, 1218)  # 4 x 6 inches at 203 dots
    assert number in {found.text for found in await asyncio.to_thread(zxingcpp.read_barcodes, picture)}
    async with desk.http.get(
        f"/api/v1/labels/{number}/image", headers={"If-None-Match": headers["ETag"]}
    ) as again:
        assert again.status == 304
    await desk.get("/api/v1/labels/SBX1/image", 404)


async def test_old_commands_are_searched_and_say_whose_sheet_they_had(desk: Desk) -> None:
    first = await desk.command("ship orders to Texas")
    await desk.post(
        "/api/v1/commands", {"command": "ship orders to Florida overnight", "source_id": first["job_id"]}, 201
    )

    found = (await desk.get("/api/v1/commands/history?q=texas"))["commands"]
    everything = (await desk.get("/api/v1/commands/history"))["commands"]

    assert [one["command"] for one in found] == ["ship orders to Texas"]
    assert len({one["file_sha256"] for one in everything}) == 1


async def test_the_same_sheet_may_be_asked_about_many_times_at_once(desk: Desk) -> None:
    """Whoever is done first must not take the sheet away from the others."""

    async def asked(command: str) -> int:
        form = FormData()
        form.add_field("command", command)
        form.add_field("source", EXAMPLE.read_bytes(), filename="orders.csv")
        async with desk.http.post("/api/v1/commands/check", data=form) as answer:
            return int((await answer.json())["selected_rows"])

    assert await asyncio.gather(*(asked("ship orders to Texas") for _ in range(4))) == [3] * 4


@pytest.mark.parametrize(
    ("command", "words", "rows"),
    [
        ("ship orders to Texas by ground", ["batch_started", *["row_completed"] * 3, "batch_completed"], 3),
        ("ship orders to Florida by ground", ["batch_started", *["row_failed"] * 2, "batch_completed"], 2),
        ("ship orders over $100000", ["batch_started", "batch_completed"], 0),
    ],
)
async def test_what_is_bought_within_its_caps_is_announced_before_its_rows(
    desk: Desk, command: str, words: list[str], rows: int
) -> None:
    accepted = await desk.command(command, auto_confirm='{"max_rows": 5}')

    heard = [(name, data) for name, data, _ in await desk.said(accepted["job_id"], "batch_completed")]

    about_rows = {"batch_started", "row_completed", "row_failed", "batch_completed"}
    assert [name for name, _ in heard if name in about_rows] == words
    assert next(data for name, data in heard if name == "batch_started") == {"total_rows": rows}


async def test_a_row_that_failed_still_says_whose_it_was(desk: Desk) -> None:
    accepted = await desk.command("ship everything")
    job = await desk.confirmed(accepted["job_id"])

    items = (await desk.get(f"/api/v1/jobs/{job['id']}/items?status=failed"))["items"]

    named = {item["output"]["order_id"]: item["output"]["recipient_name"] for item in items}
    assert named == {"2016": "Ida Novak", "2017": "Joan Pike", "2018": "Max Reed"}


def test_the_stream_survives_whatever_a_person_has_written_about_a_row() -> None:
    data = {"key": "3", "item_status": "completed", "output": "bought at the counter"}

    assert list(shipping_dialect("item_completed", data)) == [
        ("row_completed", {"row_number": 3, "tracking_number": None, "cost_cents": None})
    ]
