"""A batch in the words of the older service: pure, from the model to its JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.kinds.heatsheets.args import name_of_address
from service.kinds.heatsheets.merge import Source, merge_results
from service.model.batches import Batch
from service.model.events import rfc3339
from service.model.jobs import Job, JobStatus, JobView

BASE = "/api/batch"


def links(batch_id: str) -> dict[str, str]:
    """Return the addresses that belong to a batch."""
    here = f"{BASE}/{batch_id}"
    return {"batchUrl": here, "streamUrl": f"{here}/stream", "resultsUrl": f"{here}/results"}


def extracted(batch: Batch, views: Sequence[JobView]) -> dict[str, Any]:
    """Return the answer to a submission."""
    return {
        "success": True,
        "batchId": batch.id,
        "totalJobs": batch.counts.total,
        "swimmerName": batch.args.get("swimmer"),
        **links(batch.id),
        "jobs": [
            {
                "jobId": view.job.id,
                "sequence": view.job.sequence,
                "filename": file_name(view.job),
                "duplicateOf": duplicate_of(view.job, [one.job for one in views]),
            }
            for view in views
        ],
    }


def shown(batch: Batch, views: Sequence[JobView]) -> dict[str, Any]:
    """Return a batch with its jobs."""
    counts = batch.counts
    jobs = [view.job for view in views]
    return {
        "success": True,
        "batchId": batch.id,
        "status": str(counts.status),
        "swimmerName": batch.args.get("swimmer"),
        "totalJobs": counts.total,
        "completedJobs": counts.completed,
        "failedJobs": counts.failed,
        "cancelledJobs": counts.cancelled,
        "createdAt": rfc3339(batch.created_at),
        "finishedAt": None if batch.finished_at is None else rfc3339(batch.finished_at),
        **links(batch.id),
        "jobs": [_job(view, duplicate_of(view.job, jobs)) for view in views],
    }


def _job(view: JobView, twin: int | None) -> dict[str, Any]:
    job = view.job
    output, error = job.output or {}, job.error
    return {
        "jobId": job.id,
        "sequence": job.sequence,
        "filename": file_name(job),
        "url": job.args.get("url"),
        "duplicateOf": twin,
        "status": str(job.status),
        "position": view.position,
        "progressPercent": job.progress.percent,
        "progressMessage": job.progress.message,
        "resultCode": output.get("resultCode"),
        "eventCount": output.get("eventCount"),
        "meetName": output.get("meetName"),
        "cached": job.is_cached or bool(output.get("parseCached")),
        "errorCode": error.code if error else None,
        "errorMessage": error.message if error else None,
        "remediation": error.remediation if error else None,
    }


def merged(batch: Batch, jobs: Sequence[Job]) -> dict[str, Any]:
    """Return what is there so far, of all jobs of a batch."""
    sources = [Source(job.sequence or 0, file_name(job), job.output) for job in jobs]
    here = f"{BASE}/{batch.id}"
    answer = merge_results(
        str(batch.args.get("swimmer") or ""),
        sources,
        calendar_url=f"{here}/calendar.ics",
        team=batch.args.get("team"),
        age=batch.args.get("age"),
    )
    failures = [
        {
            "sequence": job.sequence,
            "filename": file_name(job),
            "errorCode": job.error.code if job.error else "cancelled",
            "errorMessage": job.error.message if job.error else "The job was cancelled.",
        }
        for job in jobs
        if job.status in (JobStatus.FAILED, JobStatus.CANCELLED)
    ]
    csv_url = f"{here}/results.csv" if answer["events"] else None
    return {**answer, "csvUrl": csv_url, "status": str(batch.counts.status), "failures": failures}


def opened(job: Job) -> dict[str, Any]:
    """Return one result that its code has opened."""
    return {
        "success": True,
        **(job.output or {}),
        "finishedAt": None if job.finished_at is None else rfc3339(job.finished_at),
        "jobId": job.id,
        "batchId": job.batch_id,
        "calendarUrl": _artifact(job, "calendar.ics"),
        "csvUrl": _artifact(job, "events.csv"),
    }


def with_meets(events: Sequence[Mapping[str, Any]], jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Return merged events that say the meet and venue of the sheet they are from."""
    outputs = {job.sequence: job.output or {} for job in jobs}
    return [
        {
            **event,
            "meetName": outputs[event["sourceSequence"]].get("meetName"),
            "venue": outputs[event["sourceSequence"]].get("venue"),
        }
        for event in events
    ]


def file_name(job: Job) -> str:
    """Return what a job's sheet is called: the file's name, as the server called it, or from its address."""
    if job.inputs:
        return job.inputs[0].name
    fetched = (job.output or {}).get("filename")
    return str(fetched or name_of_address(job.args.get("url")))


def duplicate_of(job: Job, jobs: Sequence[Job]) -> int | None:
    """Return the sequence of an earlier job with the same content, as far as contents are known."""
    content = _content(job)
    for other in jobs:
        if content is None or other.id == job.id:
            return None
        if _content(other) == content:
            return other.sequence
    return None


def _content(job: Job) -> str | None:
    """Return the hash of a job's sheet; that of an address is known once it was fetched."""
    return job.inputs[0].sha256 if job.inputs else (job.output or {}).get("sha256")


def _artifact(job: Job, name: str) -> str | None:
    return next((file.to_json(job.id)["url"] for file in job.artifacts if file.name == name), None)
