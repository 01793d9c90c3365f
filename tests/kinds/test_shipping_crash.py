"""`kill -9` at every point of buying 50 rows: the carrier's own ledger shows no row bought twice, and none is lost."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from service.kinds.shipping.carriers.sandbox import Ledger
from tests.desk_process import ROOT, DeskProcess
from tests.kinds.shipping_carrier import CarrierServer
from tests.kinds.shipping_sheets import order, write_csv

ROWS = 50
DEATHS = {"waiting": 5, "intended": 15, "bought": 25, "staged": 35, "done": 45}
"""Where a row is when the process dies, and which row. Each comes once."""
KIND = "shipping-dying"

pytestmark = pytest.mark.timeout(120)


def plugged_in(folder: Path) -> dict[str, str]:
    """Install the dying kind into a folder and return an environment that has it."""
    metadata = folder / "dying-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dying\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        f"[nowserving.kinds]\n{KIND} = tests.kinds.shipping_dying:DyingShippingKind\n"
    )
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def sheet(folder: Path, count: int) -> bytes:
    """Return a CSV of that many orders."""
    orders = [order(order_id=str(n), name=f"Name {n}") for n in range(1, count + 1)]
    return write_csv(folder / "orders.csv", orders).read_bytes()


async def submit(desk: DeskProcess, orders: bytes) -> str:
    form = aiohttp.FormData()
    form.add_field("kind", KIND)
    form.add_field("args", '{"command": "ship everything by ground"}')
    form.add_field("files", orders, filename="orders.csv")
    job = await desk.json("POST", "/api/v1/jobs", data=form)
    return str(job["id"])


async def confirm(desk: DeskProcess, job_id: str) -> None:
    held = await desk.wait_for(job_id, "held", "failed")
    body = {"hash": held["preview"]["hash"]}
    await desk.json("POST", f"/api/v1/jobs/{job_id}/confirm", json=body)


async def items_of(desk: DeskProcess, job_id: str) -> dict[str, dict[str, Any]]:
    listed = await desk.json("GET", f"/api/v1/jobs/{job_id}/items?limit=100")
    return {item["key"]: item for item in listed["items"]}


def check_ledger(ledger: Ledger, items: dict[str, dict[str, Any]], *, never_asked: set[str]) -> None:
    """Hold the carrier's ledger against the desk: nothing bought twice, nothing bought that the desk lost."""
    entries = ledger.entries()
    sold = Counter(reference for _, reference, _ in entries)
    assert all(count == 1 for count in sold.values())
    assert all(requests == 1 for _, _, requests in entries)
    known = {key for key, item in items.items() if item["status"] in {"completed", "needs_review"}}
    assert set(sold) <= known
    assert (
        known - set(sold) == never_asked
    )  # an intent without a purchase: a person has to look, nothing was lost


async def test_a_service_killed_at_every_point_buys_no_row_twice_and_loses_none(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "die-at").write_text("\n".join(f"{point} {row} service" for point, row in DEATHS.items()))
    orders = sheet(tmp_path, ROWS)
    ledger = Ledger(tmp_path / "theirs.db")
    with CarrierServer(ledger) as server:
        settings = ["--kind-setting", f"{KIND}.sandbox_url={server.url}"]
        desk = DeskProcess(data_dir, *settings, environment=plugged_in(tmp_path / "site"))
        assert await desk.start(), desk.log_lines[-20:]
        job_id = await submit(desk, orders)
        await confirm(desk, job_id)
        for _ in DEATHS:
            await desk.ended()  # it kills itself
            assert await desk.start(), desk.log_lines[-20:]
        job = await desk.wait_for(job_id)
        items = await items_of(desk, job_id)
        assert await desk.stop() == 0

    assert (data_dir / "die-at").read_text() == ""
    assert job["status"] == "completed", job["error"]
    in_review = {key for key, item in items.items() if item["status"] == "needs_review"}
    assert in_review == {str(DEATHS[point]) for point in ("intended", "bought", "staged")}
    assert job["items"] == {"total": ROWS, "completed": ROWS - 3, "failed": 0, "needs_review": 3}
    check_ledger(ledger, items, never_asked={str(DEATHS["intended"])})


@pytest.mark.parametrize("point", ["intended", "bought", "done"])
async def test_a_child_killed_at_any_point_leaves_the_rest_for_a_retry(tmp_path: Path, point: str) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "die-at").write_text(f"{point} 3 child")
    orders = sheet(tmp_path, 6)
    desk = DeskProcess(data_dir, environment=plugged_in(tmp_path / "site"))
    assert await desk.start(), desk.log_lines[-20:]
    job_id = await submit(desk, orders)
    await confirm(desk, job_id)
    failed = await desk.wait_for(job_id)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "worker_crashed")

    retried = str((await desk.json("POST", f"/api/v1/jobs/{job_id}/retry"))["id"])
    await confirm(desk, retried)
    job = await desk.wait_for(retried)
    items = await items_of(desk, retried)
    assert await desk.stop() == 0

    assert job["status"] == "completed"
    is_open = point in {"intended", "bought", "staged"}
    assert job["items"]["completed"] == 6 - is_open
    assert {key for key, item in items.items() if item["status"] == "needs_review"} == (
        {"3"} if is_open else set()
    )
    ledger = Ledger(data_dir / "kinds" / KIND / "sandbox-ledger.db")
    check_ledger(ledger, items, never_asked={"3"} if point == "intended" else set())
