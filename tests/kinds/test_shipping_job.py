"""One job of shipping from its sheet to its labels: previews that can be trusted, rows that are bought once."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from service.kinds.base import Held, ItemResult
from service.kinds.shipping.carriers.sandbox import Ledger
from service.kinds.shipping.kind import ShippingKind
from service.kinds.shipping.orders import OrderBook
from service.kinds.shipping.tool import answer
from service.kinds.testing import KindRun, RecordingHost, run_kind
from service.model.errors import JobError
from tests.kinds.shipping_carrier import CarrierServer
from tests.kinds.shipping_sheets import EXAMPLE, order, write_csv


def held(
    folder: Path, command: str = "ship everything", source: Path = EXAMPLE, **args: Any
) -> dict[str, Any]:
    """Run the kind up to its preview and return it."""
    with pytest.raises(Held) as caught:
        run_kind(ShippingKind(), folder, args={"command": command} | args, files=[source])
    return caught.value.preview


def bought(
    folder: Path,
    command: str = "ship everything",
    source: Path = EXAMPLE,
    host: RecordingHost | None = None,
    settings: dict[str, Any] | None = None,
    **confirmed: Any,
) -> KindRun:
    """Run the kind with a yes to the preview that it makes itself."""
    preview = held(folder, command, source)
    yes = {"hash": preview["hash"]} | confirmed
    return run_kind(
        ShippingKind(),
        folder,
        args={"command": command},
        files=[source],
        host=host,
        confirmed=yes,
        settings=settings,
    )


def ledger(folder: Path) -> list[tuple[str, str, int]]:
    return Ledger(folder / "shared" / "sandbox-ledger.db").entries()


def test_a_preview_says_what_it_is_about_and_nothing_is_bought(tmp_path: Path) -> None:
    preview = held(tmp_path)

    whole = json.loads((tmp_path / "artifacts" / "preview.json").read_text("utf-8"))
    assert (preview["total_rows"], preview["shippable_rows"], len(whole["rows"])) == (20, 18, 20)
    assert preview["total_cost_cents"] == sum(row["estimated_cost_cents"] or 0 for row in whole["rows"])
    problems = {row["order_id"]: row["problem"]["code"] for row in whole["rows"] if row["problem"]}
    assert problems == {"2016": "weight_missing", "2017": "state_unknown"}
    assert {one["field"]: one["header"] for one in preview["mapping"]}["weight"] == "weight_lb"
    assert ledger(tmp_path) == []


def test_after_a_yes_the_sheet_is_not_read_into_rows_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = held(tmp_path, "ship orders to Texas by ground")

    def no_book(*_: Any, **__: Any) -> None:
        raise AssertionError("the plan is there")

    monkeypatch.setattr(OrderBook, "build", no_book)
    run = run_kind(
        ShippingKind(), tmp_path, args={"command": "ship orders to Texas by ground"}, files=[EXAMPLE],
        confirmed={"hash": preview["hash"]},
    )  # fmt: skip

    assert run.output is not None
    told = {name: run.output[name] for name in ("explanation", "filter", "service", "hash", "successful")}
    assert told == {name: preview[name] for name in ("explanation", "filter", "service", "hash")} | {
        "successful": 3
    }


def test_the_hash_is_of_what_was_shown(tmp_path: Path) -> None:
    same = write_csv(tmp_path / "a.csv", [order()])
    heavier = write_csv(tmp_path / "b.csv", [order(weight_lb="3.1")])
    hashes = {
        held(tmp_path / str(number), source=source, **args)["hash"]
        for number, (source, args) in enumerate(
            [(same, {}), (same, {}), (heavier, {}), (same, {"default_service": "express"})]
        )
    }

    assert len(hashes) == 3


def test_a_yes_to_another_plan_is_shown_again_and_buys_nothing(tmp_path: Path) -> None:
    with pytest.raises(Held):
        run_kind(
            ShippingKind(),
            tmp_path,
            args={"command": "ship everything"},
            files=[EXAMPLE],
            confirmed={"hash": "old"},
        )

    assert ledger(tmp_path) == []


def test_rows_are_bought_failed_or_left_for_a_person(tmp_path: Path) -> None:
    run = bought(tmp_path, skip_rows=[1])

    by_status: dict[str, dict[str, str | None]] = {}
    for result in run.host.results:
        by_status.setdefault(result.status, {})[result.key] = result.code
    assert by_status["failed"] == {
        "16": "weight_missing", "17": "state_unknown", "18": "refused_on_demand",
    }  # fmt: skip
    assert by_status["needs_review"] == {"19": "no_answer"}
    assert len(by_status["completed"]) == 15
    assert run.output is not None
    assert {name: run.output[name] for name in ("total_rows", "successful", "failed", "needs_review", "skipped")} == {
        "total_rows": 19, "successful": 15, "failed": 3, "needs_review": 1, "skipped": 1,
    }  # fmt: skip
    assert sorted(run.host.artifacts) == ["labels.pdf", "labels.zip", "orders-tracked.csv"]
    assert len(ledger(tmp_path)) == 16  # the unclear one was sold, and the carrier's ledger knows it
    assert run.host.intents == [str(n) for n in range(2, 21) if n not in (16, 17)]


def test_a_second_attempt_buys_only_what_is_left(tmp_path: Path) -> None:
    first = bought(tmp_path, "ship orders to Texas")
    known = RecordingHost(results=[one for one in first.host.results if one.key != "4"])
    known.results.append(ItemResult("4", "needs_review", None, "outcome_unknown", "Nobody knows."))

    again = run_kind(
        ShippingKind(),
        tmp_path,
        args={"command": "ship orders to Texas"},
        files=[EXAMPLE],
        host=known,
        confirmed={"hash": held_hash(tmp_path)},
    )

    assert known.intents == []
    assert again.output is not None
    assert (again.output["successful"], again.output["needs_review"]) == (2, 1)
    assert [requests for _, _, requests in ledger(tmp_path)] == [1, 1, 1]


def held_hash(folder: Path) -> str:
    return str(json.loads((folder / "artifacts" / "preview.json").read_text("utf-8"))["hash"])


@pytest.mark.parametrize("rows", [[99], ["1"], "1", [True], {"a": 1}])
def test_rows_to_skip_that_are_no_rows_buy_nothing(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(JobError) as caught:
        bought(tmp_path, skip_rows=rows)

    assert caught.value.code == "skip_rows_invalid"
    assert ledger(tmp_path) == []


def test_a_carrier_that_is_down_ends_the_job_and_leaves_the_rest(tmp_path: Path) -> None:
    orders = [order(order_id=str(n), address2="sandbox:down") for n in range(9)]

    with pytest.raises(JobError) as caught:
        bought(tmp_path, source=write_csv(tmp_path / "a.csv", orders))

    assert caught.value.code == "carrier_unavailable"


def test_a_dearer_price_is_refused(tmp_path: Path) -> None:
    run = bought(tmp_path, source=write_csv(tmp_path / "a.csv", [order(address2="sandbox:rise")]))

    assert run.host.results[0].code == "rate_changed"
    assert ledger(tmp_path) == []


def test_a_label_that_cannot_be_staged_never_loses_the_purchase(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "labels").write_text("a file where the folder should be")

    run = bought(tmp_path, "ship orders to Austin")

    assert run.host.results[0].output["tracking_number"].startswith("SBX")
    assert run.output is not None
    assert (run.output["successful"], run.output["labels_missing"]) == (1, 1)


def test_an_unclear_sentence_fails_the_job_with_its_question(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        run_kind(ShippingKind(), tmp_path, args={"command": "ship orders to Portland"}, files=[EXAMPLE])

    assert caught.value.code == "needs_clarification"
    assert "ship orders to the city of Portland, Maine" in caught.value.message


def test_nothing_selected_is_said(tmp_path: Path) -> None:
    preview = held(tmp_path, "ship orders to Alaska")

    assert (preview["total_rows"], preview["notice"]) == (0, "No order is selected: there is nothing to buy.")
    assert bought(tmp_path, "ship orders to Alaska").output is not None


def test_the_sender_decides_what_is_abroad(tmp_path: Path) -> None:
    sender = {
        "name": "Uwe",
        "street1": "Weg 1",
        "city": "Toronto",
        "state": "ON",
        "postal": "M5V 2T6",
        "country": "CA",
    }

    preview = held(tmp_path, "ship domestic orders", ship_from=sender)

    assert [row["order_id"] for row in preview["rows"]] == ["2014", "2015"]


def test_a_desk_speaks_to_a_carrier_over_a_real_connection(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "theirs.db")
    with CarrierServer(book) as server:
        run = bought(tmp_path, "ship orders to Texas and Florida", settings={"sandbox_url": server.url})

    statuses = [result.status for result in run.host.results]
    assert statuses == ["completed"] * 3 + ["failed", "needs_review"]
    assert [requests for _, _, requests in book.entries()] == [1, 1, 1, 1]


def test_a_plan_of_many_rows_is_made_in_memory_that_does_not_grow_with_them(tmp_path: Path) -> None:
    import tracemalloc

    peaks = []
    for count in (300, 1_500):
        source = write_csv(
            tmp_path / f"{count}.csv", [order(order_id=str(n), name=f"Name {n}") for n in range(count)]
        )
        tracemalloc.start()
        try:
            held(tmp_path / str(count), source=source)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    assert peaks[1] < peaks[0] + 1_500_000  # 1,200 rows more would be 3 MB and more as objects


def test_nothing_but_the_kind_s_folders_is_written(tmp_path: Path) -> None:
    before = set(os.listdir(EXAMPLE.parent))  # noqa: PTH208 (names are all that is wanted)

    bought(tmp_path, "ship orders to Texas")

    assert set(os.listdir(EXAMPLE.parent)) == before  # noqa: PTH208
    assert sorted(path.name for path in tmp_path.iterdir()) == ["artifacts", "shared", "work"]


def look_up(folder: Path, job_ids: list[str], row_number: int = 19) -> dict[str, Any]:
    places = {"work_dir": str(folder / "work"), "shared_dir": str(folder / "shared")}
    line = [(job_id, str(folder / "gone")) for job_id in job_ids]
    return answer(
        {"do": "look_up", "carrier": "sandbox", "settings": {}, "line": line, "row_number": row_number}
        | places
    )


def test_a_look_up_tells_bought_from_not_bought_and_from_what_nobody_knows(tmp_path: Path) -> None:
    lost = write_csv(tmp_path / "a.csv", [order(address2="sandbox:lost")])
    bought(tmp_path / "lost", source=lost)
    bought(tmp_path / "sold")

    assert look_up(tmp_path / "sold", ["test-job"])["is_bought"] is True
    assert look_up(tmp_path / "lost", ["test-job"], 1) == {"is_bought": False}
    # A retry whose forerunner's plan is gone: "not bought" would be a guess, and a second purchase.
    assert look_up(tmp_path / "lost", ["test-job", "older"], 7)["error"]["code"] == "plan_missing"
    assert look_up(tmp_path / "lost", ["test-job"], 7)["error"]["code"] == "plan_missing"
