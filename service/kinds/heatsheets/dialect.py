"""The `heatsheets` words on a batch's stream, as clients of the older service expect them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from service.kinds.base import WireEvent
from service.kinds.heatsheets.merge import Source, merge_results, source_of_result

_AS_THEY_ARE = frozenset({"ping", "bye", "resync"})
Data = Mapping[str, Any]


def heatsheets_dialect(name: str, data: Data) -> Iterable[WireEvent]:
    """Say one canonical batch event in the words of the `heatsheets` stream; one without a word there gives nothing.

    batch_started · job_progress · job_completed · job_failed · batch_completed; a cancelled job is said as a job_failed
    with the code `cancelled`, since older clients wait for one of the two. ping, bye and resync pass as they are.
    `results` of batch_completed are the sources of merge.py with their events, as far as the event carries outputs
    (docs/api.md); those that were too large are marked `omitted` and stand in the batch's results.
    """
    if name in _AS_THEY_ARE:
        yield name, dict(data)
    elif name in _WORDS:
        yield _WORDS[name](data)


def _batch_started(data: Data) -> WireEvent:
    batch = {
        "type": "batch_started",
        "batchId": data.get("batch_id"),
        "totalJobs": data.get("total_jobs") or 0,
        "swimmerName": (data.get("args") or {}).get("swimmer") or data.get("swimmer"),
    }
    return "batch_started", batch


def _job_progress(data: Data) -> WireEvent:
    progress = data.get("progress") or data
    return "job_progress", {
        **_job("job_progress", data),
        "status": data.get("status") or "running",
        "progressPercent": progress.get("percent") or 0.0,
        "progressMessage": progress.get("message"),
    }


def _job_completed(data: Data) -> WireEvent:
    output = data.get("output") or {}
    return "job_completed", {
        **_job("job_completed", data),
        "resultCode": output.get("resultCode"),
        "eventCount": output.get("eventCount") or 0,
        "meetName": output.get("meetName"),
        "cached": bool(data.get("cached") or output.get("parseCached")),
    }


def _job_failed(data: Data) -> WireEvent:
    error = data.get("error") or {}
    return "job_failed", {
        **_job("job_failed", data),
        "errorCode": error.get("code"),
        "errorMessage": error.get("message"),
    }


def _job_cancelled(data: Data) -> WireEvent:
    return "job_failed", {
        **_job("job_failed", data),
        "errorCode": "cancelled",
        "errorMessage": "The job was cancelled.",
    }


def _batch_completed(data: Data) -> WireEvent:
    results = [_result(job) for job in data.get("jobs") or () if job.get("status") == "completed"]
    failed, cancelled = data.get("failed_jobs") or 0, data.get("cancelled_jobs") or 0
    return "batch_completed", {
        "type": "batch_completed",
        "batchId": data.get("batch_id"),
        "status": data.get("status"),
        "completedJobs": data.get("completed_jobs") or 0,
        "failedJobs": failed + cancelled,
        "totalEvents": _total(data),
        "results": results,
    }


def _result(job: Data) -> dict[str, Any]:
    output = job.get("output")
    source = Source(job.get("sequence") or 0, (output or {}).get("filename") or "", output)
    told = {"jobId": job.get("job_id"), **source_of_result(source, output or {})}
    return {**told, "omitted": True} if output is None else {**told, "events": output.get("events") or []}


def _total(data: Data) -> int:
    """Return how many events the merged answer has: a file that came twice counts once, several people not at all."""
    jobs = [job for job in data.get("jobs") or () if job.get("output")]
    sources = [Source(job.get("sequence") or 0, "", job["output"]) for job in jobs]
    args = data.get("args") or {}
    merged = merge_results(
        str(args.get("swimmer") or ""), sources, team=args.get("team"), age=args.get("age")
    )
    return int(merged["totalEvents"])


def _job(word: str, data: Data) -> dict[str, Any]:
    return {"type": word, "jobId": data.get("job_id"), "sequence": data.get("sequence")}


_WORDS: Mapping[str, Callable[[Data], WireEvent]] = {
    "batch_started": _batch_started,
    "job_progress": _job_progress,
    "job_completed": _job_completed,
    "job_failed": _job_failed,
    "job_cancelled": _job_cancelled,
    "batch_completed": _batch_completed,
}
