"""What a running pipeline tells: true counts, a percent that never falls, in the words of API.md, twice a second."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from service.kinds.ingestion.dialect import STAGES, ingestion_dialect
from service.kinds.ingestion.embeddings.static import StaticTable
from service.kinds.ingestion.pipeline import paced, walk
from service.kinds.ingestion.pipeline import pool as pool_module
from service.kinds.ingestion.pipeline.meter import SHARES, Meter, Tracked
from service.kinds.testing import RecordingHost
from service.model.progress import Progress
from tests.kinds.test_ingestion import GOOD, ingest


def test_progress_never_falls_is_never_complete_early_and_has_the_whole_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paced, "REPORT_SECONDS", 0.0)
    run = ingest(
        tmp_path, {**GOOD, "bad.txt": b"", "long.md": "## x\n\n" + "Word by word it goes on. " * 3000}
    )
    told = [progress.details for progress in run.host.progress if progress.details]
    percents = [each["overall_progress_percent"] for each in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert all(
        each["documents_done"] == each["total_documents"]
        for each in told
        if each["overall_progress_percent"] == 100
    )
    for each in told:
        assert set(each["stages"]) == set(STAGES)
        assert all(stage["processed"] <= stage["total"] for stage in each["stages"].values())
        pool = each["worker_pool"]
        assert pool["max"] == len(pool["workers"]) == 2
        assert pool["active"] == sum(worker["status"] != "idle" for worker in pool["workers"])
    last = told[-1]
    assert all(stage["is_complete"] and not stage["in_flight"] for stage in last["stages"].values())
    assert (
        last["total_chunks"] == last["metrics"]["qdrant_writes"] == last["stages"]["embedding"]["processed"]
    )
    assert (
        last["metrics"]["neo4j_writes"]
        == last["metrics"]["entities_total"] + last["metrics"]["relations_total"]
    )


def test_progress_goes_out_at_most_twice_a_second(tmp_path: Path) -> None:
    now = [0.0]
    host = RecordingHost()
    slowed = paced.PacedHost(host, Meter([1.0], 1, lambda: 0), clock=lambda: now[0])
    for _ in range(100):
        slowed.report(Progress())
        now[0] += 0.1
    assert paced.REPORT_SECONDS >= 0.5
    assert len(host.progress) <= 10 / paced.REPORT_SECONDS + 1


def test_percent_weighs_every_stage_from_the_start() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    meter = Meter([100.0, 300.0], 1, lambda: 0)
    small, large = Tracked("a", 100.0), Tracked("b", 300.0)
    meter.begin(small)
    meter.begin(large)
    meter.portion(small, 1, 1, 0)
    assert meter.percent() == pytest.approx(100 * SHARES["parsing"] / 4)
    meter.portion(large, 1, 10, 2)
    meter.finish(small)
    assert meter.percent() == pytest.approx(25 + 75 * SHARES["parsing"] / 10, abs=0.01)
    meter.chunked(large, 4)
    meter.finish(large)
    assert meter.percent() == 100
    assert all(stage["is_complete"] for stage in meter.details()["stages"].values())


def test_the_queue_between_readers_and_workers_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, depths, active = threading.Event(), [], []

    class Slow(StaticTable):
        def embed(self, texts: Sequence[str]) -> Any:
            gate.wait(10)
            return super().embed(texts)

    monkeypatch.setattr(pool_module, "QUEUE_BATCHES", 2)
    monkeypatch.setattr(walk, "make_model", lambda _: Slow())
    text = "\n\n".join(f"## {n}\n\n" + "Some words of it. " * 200 for n in range(120))

    class Looks(RecordingHost):
        def raise_if_cancelled(self) -> None:
            details = self.progress[-1].details or {"worker_pool": {"queue_depth": 0, "active": 0}}
            depth = details["worker_pool"]["queue_depth"]
            depths.append(depth)
            active.append(details["worker_pool"]["active"])
            if depth or len(depths) > 40:
                gate.set()

    ingest(tmp_path, {"a.md": text}, host=Looks(), args={"workers": 1})
    assert max(active) == 1
    assert 0 < max(depths) <= 2 * pool_module.QUEUE_BATCHES * 16


# --- the words on the stream ---
def test_the_dialect_tells_progress_complete_and_error() -> None:
    def told(name: str, **data: Any) -> list[tuple[str, dict[str, Any]]]:
        return list(ingestion_dialect(name, {"job_id": "j", **data}))

    ((name, queued),) = told("queued", status="queued", position=3)
    assert (name, queued["position"], queued["overall_progress_percent"]) == ("pipeline_progress", 3, 0.0)
    ((name, running),) = told("progress", status="running", details={"overall_progress_percent": 40.0})
    assert (name, running["overall_progress_percent"]) == ("pipeline_progress", 40.0)
    ((name, done),) = told("completed", output={"chunks": 3, "results": [1]})
    assert (name, done) == ("complete", {"job_id": "j", "chunks": 3})
    ((name, failed),) = told("failed", error={"code": "x", "message": "Why"})
    assert (name, failed) == ("error", {"message": "Why", "job_id": "j", "code": "x"})
    assert told("cancelled")[0][1]["code"] == "cancelled"
    assert told("item_completed") == told("started") == told("position", status="running") == []
    assert told("ping", time="t") == [("ping", {"job_id": "j", "time": "t"})]
