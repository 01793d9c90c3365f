"""A session as JSON for those who may see it; who sees what of the notes is decided here and nowhere else."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from service.kinds.sessions.args import TEXT_SUFFIXES
from service.kinds.sessions.dialect import is_partial, seconds_left
from service.kinds.sessions.editing import Edited
from service.model.accounts import Caller, Role
from service.model.events import rfc3339
from service.model.jobs import Job, JobStatus, JobView

BASE: Final = "/api/sessions"
_FOR_PATIENTS: Final = ("engine", "hint", "action_items", "patient_summary", "warnings")
_HIDDEN_WARNINGS: Final = frozenset({"risk_unverified"})
"""A patient does not learn of flags by a warning about them either."""


def sees_clinical(role: Role) -> bool:
    """Return whether somebody of this role reads the whole notes: everybody but the patients they are about."""
    return role is not Role.PATIENT


def notes_for(role: Role, notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return of notes what somebody of a role may read: a patient the summary written for them and what to do."""
    if sees_clinical(role):
        return {**notes, "role_view": "clinical"}
    kept: dict[str, Any] = {name: notes[name] for name in _FOR_PATIENTS}
    kept["warnings"] = [one for one in notes["warnings"] if one["code"] not in _HIDDEN_WARNINGS]
    kept["evidence"] = {"patient_summary": notes["evidence"].get("patient_summary", [])}
    return {**kept, "role_view": "patient"}


def summary(view: JobView, session_id: str) -> dict[str, Any]:
    """Return a session as lists show it: nothing of what was said."""
    job = view.job
    left = (job.output or {}).get("session") or {}
    codes = left.get("warnings", [])
    estimate = view.estimate.to_json() if view.estimate else None
    is_over = job.is_terminal
    return {
        "session_id": session_id,
        "job_id": job.id,
        "title": job.title,
        "patient_id": patient_of(job),
        "status": str(job.status),
        "stage": None if is_over else job.progress.stage,
        "progress": 100.0 if job.status is JobStatus.COMPLETED else job.progress.percent,
        "position": view.position,
        "estimated_time_remaining": None if is_over else seconds_left(job.progress.details, estimate),
        "message": None if is_over else job.progress.message,
        "file_name": job.inputs[0].name if job.inputs else None,
        "engine": left.get("engine"),
        "draft": left.get("draft"),
        "duration_seconds": left.get("duration_seconds"),
        "partial": is_partial(codes),
        "has_notes": bool(left.get("has_notes")),
        "error": job.error.to_json() if job.error else None,
        "created_at": rfc3339(job.created_at),
        "started_at": None if job.started_at is None else rfc3339(job.started_at),
        "finished_at": None if job.finished_at is None else rfc3339(job.finished_at),
    }


def session(
    view: JobView,
    session_id: str,
    edited: Edited | None,
    audio: Mapping[str, Any] | None,
    caller: Caller,
    *,
    can_edit: bool,
    can_change: bool,
) -> dict[str, Any]:
    """Return a whole session; `edited` is None while there is no transcript."""
    job = view.job
    told = summary(view, session_id)
    warnings = [dict(one) for one in edited.transcript.warnings] if edited else []
    file = job.inputs[0] if job.inputs else None
    is_broken = job.status in (JobStatus.FAILED, JobStatus.CANCELLED)
    return told | {
        "partial": told["partial"] or (is_broken and edited is not None),
        "language": edited.transcript.language if edited else job.args.get("language"),
        "stages": [stage.to_json() for stage in job.progress.stages],
        "warnings": warnings,
        "file": None
        if file is None
        else {"name": file.name, "media_type": file.media_type, "size_bytes": file.size_bytes},
        "audio": audio,
        "speakers": dict(edited.transcript.speakers) if edited else {},
        "revision": edited.revision if edited else 0,
        "transcript": _transcript(edited) if edited else None,
        "viewer": {
            "role": "local" if caller.id is None else str(caller.role),
            "can_edit": can_edit,
            "sees_clinical": sees_clinical(caller.role),
        },
        "can": {
            "cancel": can_change and not job.is_terminal,
            "retry": can_change and job.is_retryable and job.superseded_by is None,
            "delete": can_change and job.is_terminal,
        },
        "links": links(session_id, job),
    }


def links(session_id: str, job: Job) -> dict[str, str]:
    """Return the addresses that belong to a session."""
    here = f"{BASE}/{quote(session_id, safe='')}"
    at_desk = f"/api/v1/jobs/{job.id}"
    return {
        "self": here,
        "notes": f"{here}/notes",
        "audio": f"{here}/audio",
        "transcript": f"{here}/transcript",
        "speakers": f"{here}/speakers",
        "history": f"{here}/transcript/history",
        "export": f"{here}/export",
        "stream": f"{here}/status/stream",
        "socket": f"{here}/status/ws",
        "job": at_desk,
        "cancel": f"{at_desk}/cancel",
        "retry": f"{at_desk}/retry",
        "delete": at_desk,
    }


def patient_of(job: Job) -> str | None:
    """Return whom a session is about."""
    named = job.args.get("patient_id")
    return job.subject or (named if isinstance(named, str) else None)


def is_recording(job: Job) -> bool:
    """Return whether a recording was handed in, and not a transcript."""
    return bool(job.inputs) and PurePosixPath(job.inputs[0].name.lower()).suffix not in TEXT_SUFFIXES


def _transcript(of: Edited) -> dict[str, Any]:
    made = of.transcript
    segments = []
    for segment in made.segments:
        before = of.originals.get(segment.id, {})
        segments.append(
            segment.to_json()
            | {
                "speaker_name": made.name_of(segment.speaker),
                "is_edited": bool(before),
                "original_text": before.get("text"),
                "original_speaker": before.get("speaker"),
            }
        )
    return {
        "engine": made.engine,
        "draft": made.draft,
        "language": made.language,
        "duration_seconds": round(made.duration_seconds, 3),
        "is_edited": bool(of.originals),
        "segments": segments,
    }
