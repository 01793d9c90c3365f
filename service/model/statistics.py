"""What was usual: how long work waited and ran, in the middle and at its slow end."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds: the median and the 90th percentile, by nearest rank."""

    p50: float
    p90: float

    def to_json(self) -> dict[str, float]:
        """Return the wire form."""
        return {"p50": round(self.p50, 3), "p90": round(self.p90, 3)}


@dataclass(frozen=True, slots=True)
class RunQuantiles:
    """How long completed runs waited and ran; `day` (UTC) or `kind` is None where all are taken together."""

    day: str | None
    kind: str | None
    jobs: int
    waited: Spread
    ran: Spread

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "day": self.day,
            "kind": self.kind,
            "jobs": self.jobs,
            "waited": self.waited.to_json(),
            "ran": self.ran.to_json(),
        }
