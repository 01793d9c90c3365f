"""What a run in a child needs, whom it speaks to, and the ways in which it can end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from service.kinds.base import ItemResult, Limits
from service.model.progress import Progress


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run of a job. `import_path` is `module:Attribute` of the Kind class.

    An input is `{name, path, media_type, size_bytes, sha256}`; `confirmed` is what a person confirmed.
    """

    job_id: str
    kind: str
    import_path: str
    args: dict[str, Any]
    inputs: list[dict[str, Any]]
    attempt: int
    work_dir: Path
    artifacts_dir: Path
    confirmed: dict[str, Any] | None = None
    shared_dir: Path | None = None
    allow_url_hosts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    owner: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what travels to the child."""
        return {
            **{name: getattr(self, name) for name in ("job_id", "kind", "import_path", "args", "inputs")},
            "attempt": self.attempt,
            "work_dir": str(self.work_dir),
            "artifacts_dir": str(self.artifacts_dir),
            "confirmed": self.confirmed,
            "shared_dir": str(self.shared_dir) if self.shared_dir is not None else None,
            "allow_url_hosts": list(self.allow_url_hosts),
            "settings": dict(self.settings),
            "limits": asdict(self.limits),
            "owner": self.owner,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "RunSpec":
        """Read it back in the child."""
        places = {
            name: Path(value[name]) for name in ("work_dir", "artifacts_dir", "shared_dir") if value[name]
        }
        hosts = tuple(value["allow_url_hosts"])
        return cls(**{**value, **places, "allow_url_hosts": hosts, "limits": Limits(**value["limits"])})


class RunHandler(Protocol):
    """Whom a running child speaks to. A DeskError raised here goes back to the child.

    `conflict` and `stale_attempt` stop the child: the job is no longer its own.
    """

    async def on_progress(self, progress: Progress) -> None:
        """Take the newest progress."""

    async def on_log(self, line: str) -> None:
        """Take a line of the job's log, what the child printed included."""

    async def on_ladder(self, step: str) -> None:
        """Hear that a cancel has come to a step: asked, sigterm or sigkill."""

    async def item_results(self) -> list[ItemResult]:
        """Return what earlier attempts have finished, in the order of finishing."""
        ...

    async def items_total(self, total: int) -> None:
        """Take the number of items."""

    async def item_started(self, key: str, unit: str) -> None:
        """Commit the intent of an effect."""

    async def item_finished(self, result: ItemResult, unit: str, is_effect: bool) -> None:
        """Commit an outcome."""

    async def artifact_saved(self, name: str, media_type: str) -> None:
        """Record a file that is in its place."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The kind returned."""

    output: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The kind, or a limit on it, gave up by name."""

    code: str
    message: str
    remediation: str | None = None
    retriable: bool = True


@dataclass(frozen=True, slots=True)
class HeldFor:
    """A person has to look first."""

    preview: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person asked for the end; whatever the child said afterwards does not count."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The service is stopping; the job will go on from its finished items."""


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended by itself. `signal_name` is None for an exit; `last_lines` is what it wrote last."""

    return_code: int
    signal_name: str | None
    last_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It ran longer than its kind allows."""

    seconds: float


Ending = Finished | Failed | HeldFor | Cancelled | Interrupted | Died | TimedOut
