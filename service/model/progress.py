"""How far a job is: one small object, replaced and never mutated, latest wins."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Stage:
    """One named part of a job. `total` is None until it is known; `status` is pending, running or completed."""

    name: str
    status: str = "pending"
    current: int = 0
    total: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"name": self.name, "status": self.status, "current": self.current, "total": self.total}


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress object of API.md. `percent` is 0.0-100.0; `current` and `total` count `unit`s.

    `details` is what only this kind can say (workers, metrics), a small JSON object for its own dialect.
    """

    percent: float = 0.0
    current: int = 0
    total: int | None = None
    unit: str | None = None
    message: str | None = None
    file_name: str | None = None
    stage: str | None = None
    stages: tuple[Stage, ...] = field(default=())
    details: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "percent": self.percent,
            "current": self.current,
            "total": self.total,
            "unit": self.unit,
            "message": self.message,
            "file_name": self.file_name,
            "stage": self.stage,
            "stages": [stage.to_json() for stage in self.stages],
            "details": self.details,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Progress":
        """Read the wire form back; members that are not known are ignored."""
        stages = tuple(
            Stage(s["name"], s.get("status", "pending"), s.get("current", 0), s.get("total"))
            for s in value.get("stages") or ()
        )
        return cls(
            percent=float(value.get("percent") or 0.0),
            current=int(value.get("current") or 0),
            total=value.get("total"),
            unit=value.get("unit"),
            message=value.get("message"),
            file_name=value.get("file_name"),
            stage=value.get("stage"),
            stages=stages,
            details=value.get("details"),
        )
