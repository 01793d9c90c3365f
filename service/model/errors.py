"""One error type with a code; the HTTP wing alone knows which status a code answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place in a request: a JSON pointer (RFC 6901) and what is wrong there."""

    pointer: str
    detail: str


class DeskError(Exception):
    """A request or an operation that cannot be done, with a code that programs can rely on.

    `remediation` says what the reader can do about it; `retriable` says whether the very same
    request may succeed later, `retry_after_seconds` when.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        remediation: str | None = None,
        retriable: bool = False,
        retry_after_seconds: int | None = None,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remediation = remediation
        self.retriable = retriable
        self.retry_after_seconds = retry_after_seconds
        self.errors = tuple(errors)
        self.extra = dict(extra or {})


class JobError(DeskError):
    """Raised by a kind: the job fails with this code and message, which its owner will read."""


def job_not_found(job_id: str) -> DeskError:
    """Return the error for a job that does not exist (or that the caller may not see)."""
    return DeskError(
        "job_not_found", f"Job not found: {job_id}", remediation="List jobs with GET /api/v1/jobs."
    )


def batch_not_found(batch_id: str) -> DeskError:
    """Return the error for a batch that does not exist."""
    return DeskError(
        "batch_not_found",
        f"Batch not found: {batch_id}",
        remediation="List batches with GET /api/v1/batches.",
    )


def conflict(message: str, remediation: str | None = None) -> DeskError:
    """Return the error for an operation that the present status forbids."""
    return DeskError("conflict", message, remediation=remediation)


def stale_preview() -> DeskError:
    """Return the error for a yes to another preview than the one that is there."""
    return DeskError(
        "stale_preview",
        "The preview has changed since it was looked at, or no hash was sent.",
        remediation="Look at the preview again and send its hash with the confirmation.",
    )
