"""What `doctor` finds: one thing looked at, how it is, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fail` means that the desk cannot work as it is set up."""

    name: str
    status: Status
    detail: str
    remediation: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the form that `doctor --json` prints."""
        return {
            "name": self.name,
            "status": self.status,
            "detail": self.detail,
            "remediation": self.remediation,
        }


def ok(name: str, detail: str) -> Finding:
    """Return a finding that needs nobody."""
    return Finding(name, "ok", detail)


def warn(name: str, detail: str, remediation: str | None = None) -> Finding:
    """Return a finding that somebody should know of."""
    return Finding(name, "warn", detail, remediation)


def fail(name: str, detail: str, remediation: str | None = None) -> Finding:
    """Return a finding that keeps the desk from working."""
    return Finding(name, "fail", detail, remediation)
