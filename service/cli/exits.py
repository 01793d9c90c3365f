"""Exit codes: what a script can rely on when a command has ended."""

from enum import IntEnum

from service.model.errors import DeskError


class Exit(IntEnum):
    """The exit codes of API.md; 130 is what shells give a program that Ctrl-C ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    NOT_FOUND = 4
    UNREACHABLE = 5
    CONFLICT = 6
    TIMED_OUT = 7
    INTERRUPTED = 130


_BY_CODE = {
    "usage": Exit.USAGE,
    "invalid_setting": Exit.USAGE,
    "unknown_setting": Exit.USAGE,
    "config_unreadable": Exit.USAGE,
    "accounts_required": Exit.USAGE,
    "signing_key_unusable": Exit.USAGE,
    "invalid": Exit.USAGE,
    "user_not_found": Exit.NOT_FOUND,
    "name_taken": Exit.CONFLICT,
    "last_admin": Exit.CONFLICT,
    "unreachable": Exit.UNREACHABLE,
    "timed_out": Exit.TIMED_OUT,
    "nothing_there": Exit.NOT_FOUND,
    "conflict": Exit.CONFLICT,
    "data_dir_in_use": Exit.CONFLICT,
    "port_in_use": Exit.CONFLICT,
}
_BY_STATUS = {404: Exit.NOT_FOUND, 410: Exit.NOT_FOUND, 409: Exit.CONFLICT}
_BY_JOB_STATUS = {
    "completed": Exit.OK,
    "partial": Exit.FAILED,  # of a batch: some of its jobs did not complete
    "failed": Exit.FAILED,
    "cancelled": Exit.CANCELLED,
}


def of_error(error: DeskError) -> Exit:
    """Return the exit code for an error: what the request was about, else whose fault it is."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    status = getattr(error, "status", None)
    if not isinstance(status, int):
        return Exit.FAILED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 429 or status >= 500:
        return Exit.UNREACHABLE  # it is there, but cannot do it now
    return Exit.USAGE


def of_job(status: str) -> Exit:
    """Return the exit code for how a job or batch ended; one that has not ended is fine."""
    return _BY_JOB_STATUS.get(status, Exit.OK)


def usage(message: str, remediation: str | None = None) -> DeskError:
    """Return the error for a command that was given wrongly."""
    return DeskError("usage", message, remediation=remediation)


def conflict(message: str, remediation: str | None = None) -> DeskError:
    """Return the error for what the present state of things forbids."""
    return DeskError("conflict", message, remediation=remediation)
