"""The door behind which every kind lives, built in or plugged in: `Kind` and the `JobContext` it is given."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from marshmallow import Schema

from service.kinds.context import InputFile, Item, JobContext
from service.kinds.host import Cancelled, Held, Host, ItemResult, Json, RelayingHost
from service.model.artifacts import Input
from service.model.errors import JobError

__all__ = [
    "Cancelled",
    "CrashPolicy",
    "Dialect",
    "Held",
    "Host",
    "InputFile",
    "Item",
    "ItemResult",
    "JobContext",
    "Json",
    "Kind",
    "Limits",
    "RelayingHost",
    "WireEvent",
    "as_object",
    "json_size",
]

CrashPolicy = Literal["resume", "requeue", "fail", "hold"]
WireEvent = tuple[str, dict[str, Any]]
Dialect = Callable[[str, Mapping[str, Any]], Iterable[WireEvent]]
"""A pure function from one canonical event (name, data) to the wire events of a kind's own words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job of a kind may use. `memory_bytes` bounds the address space of the child (RLIMIT_AS)."""

    wall_seconds: float = 6 * 3600
    memory_bytes: int | None = 8 * 1024**3
    output_bytes: int = 1024 * 1024
    artifact_bytes: int = 4 * 1024**3


class Kind:
    """Which code runs a job. Subclass it, give it a `name`, write `run`; everything else has a default.

    An instance is made in the service (which reads only the attributes) and again in the child
    (which calls `run`): import heavy libraries inside `run`, not at the top of the module.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    description: ClassVar[str] = ""
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = ()
    """File name extensions in lower case with the dot; empty means any file."""
    min_files: ClassVar[int] = 0
    max_files: ClassVar[int] = 1000
    url_arg: ClassVar[str | None] = None
    """The arg that takes an http(s) address in place of a file, for kinds that can fetch their input."""
    subject_arg: ClassVar[str | None] = None
    """The arg that names the person a job is about, for kinds that know of people; an account when there are some."""
    Args: ClassVar[type[Schema] | None] = None
    """A marshmallow schema for the args; None takes any JSON object."""
    Confirm: ClassVar[type[Schema] | None] = None
    """A marshmallow schema for the body with which a held job is confirmed; None takes any JSON object."""
    crash_policy: ClassVar[CrashPolicy] = "resume"
    lane: ClassVar[str] = "main"
    limits: ClassVar[Limits] = Limits()
    is_cacheable: ClassVar[bool] = False
    """True when the same inputs, args and version always give the same result and no effect is wanted."""
    typical_seconds: ClassVar[float] = 5.0
    """A first guess of how long a job takes, used until there is history."""
    stream_gap_seconds: ClassVar[float] = 0.0  # the least time between live frames in this kind's own words
    requires: ClassVar[Sequence[str]] = ()
    """Modules that must be importable; if one is missing the kind is listed as unavailable."""
    extra: ClassVar[str | None] = None
    """The extra that installs `requires`, as in `pip install nowserving[extra]`."""

    def run(self, job: JobContext) -> Mapping[str, Any] | None:
        """Do the work in the child and return the output, a small JSON object. Raise JobError to fail by name."""
        raise NotImplementedError

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return the title that people see in the line."""
        if not inputs:
            return self.title or self.name
        more = f" and {len(inputs) - 1} more" if len(inputs) > 1 else ""
        return inputs[0].name + more

    def check_confirmed(self, job_id: str, confirmed: Mapping[str, Any], work_dir: Path) -> None:
        """Raise DeskError `invalid` for a confirmation that does not fit the job; called in a thread of the service.

        `confirmed` has passed `Confirm` and has the hash of the preview that is there; `work_dir` is the job's folder.
        """

    def dialect(self) -> Dialect | None:
        """Return the pure function that says this kind's events in its own words, if it has any."""
        return None

    def routes(self) -> Sequence[Any]:
        """Return HTTP routes of this kind's own (`aiohttp.web.RouteDef`), imported lazily."""
        return ()


def json_size(value: Json) -> int:
    """Return the size in bytes of a value's compact JSON form; raises JobError if it is not JSON."""
    try:
        # NaN and Infinity are no JSON (RFC 8259, section 6): no client could read the job any more.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise JobError("output_not_json", f"The output is not JSON: {error}") from error


def as_object(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what a `run` returned as a plain dict, or None; raises JobError for anything else."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise JobError("output_not_an_object", f"run() returned {type(value).__name__}, not an object")
    return cast("dict[str, Any]", dict(value))
