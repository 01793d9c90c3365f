"""How a job is told to a person: one line, a record, and durations that can be read."""

from collections.abc import Mapping
from typing import Any

Job = Mapping[str, Any]


def duration(seconds: float) -> str:
    """Return seconds as `12 s`, `3 min` or `1 h 05 min`."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def expected(estimate: Mapping[str, Any] | None, name: str) -> str | None:
    """Return one range of an estimate (`starts_in`, `finishes_in`) as `in 30 to 55 s`; None without one."""
    span = (estimate or {}).get(name)
    if not span:
        return None
    likely, late = duration(span["p50"]), duration(span["p90"])
    return f"in about {likely}" if likely == late else f"in {likely} to {late}"


def queued(position: object, estimate: Mapping[str, Any] | None) -> str:
    """Return a place in the line in words."""
    parts = [f"number {position} in the line" if position else "in the line"]
    for name, verb in (("starts_in", "starts"), ("finishes_in", "done")):
        span = expected(estimate, name)
        if span:
            parts.append(f"{verb} {span}")
    return ", ".join(parts)


def progress(of: Mapping[str, Any]) -> str:
    """Return a progress object in words, without its percent."""
    parts = []
    if of.get("total"):
        parts.append(f"{of.get('unit') or 'item'} {of.get('current', 0)} of {of['total']}")
    parts += [str(of[name]) for name in ("stage", "message", "file_name") if of.get(name)]
    return ", ".join(dict.fromkeys(parts))


def error(of: Mapping[str, Any] | None) -> str:
    """Return why a job failed."""
    of = of or {}
    said = f"{of.get('message', 'no reason given')} [{of.get('code', 'unknown')}]"
    return f"{said} {of['remediation']}" if of.get("remediation") else said


def ending(job: Job) -> str:
    """Return how a job ended."""
    status = job["status"]
    items = job.get("items") or {}
    parts = [status]
    if status == "failed":
        parts.append(error(job.get("error")))
    if job.get("cached"):
        parts.append("the same work was done before")
    if items.get("total"):
        parts.append(f"{items['completed']} of {items['total']} items")
    if items.get("failed"):
        parts.append(f"{items['failed']} failed")
    if items.get("needs_review"):
        parts.append(f"{items['needs_review']} need a person's decision")
    return ", ".join(parts)


def counts(batch: Mapping[str, Any]) -> str:
    """Return how many jobs a batch has, and how many of them ended in which way."""
    total = batch["total_jobs"]
    told = [f"{batch[f'{name}_jobs']} {name}" for name in ("completed", "failed", "cancelled")]
    return ", ".join([f"{total} job{'s' if total != 1 else ''}", *(one for one in told if one[0] != "0")])


def where(job: Job) -> str:
    """Return what is happening to a job now, in words."""
    if job["status"] == "queued":
        return queued(job["position"], job["estimate"])
    if job["status"] == "running":
        share = f"{job['progress']['percent']:.0f} %"
        return ", ".join(part for part in (share, progress(job["progress"])) if part)
    return "" if job["status"] == "held" else ending(job).removeprefix(job["status"]).lstrip(", ")
