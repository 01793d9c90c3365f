"""Run a kind without a service: for the tests of kinds, ours and those of plug-in authors."""

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.kinds.arguments import load
from service.kinds.base import Cancelled, InputFile, ItemResult, JobContext, Kind
from service.model.progress import Progress


@dataclass
class RecordingHost:
    """A host that keeps everything it is told, in order, and can be told to cancel."""

    results: list[ItemResult] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    artifacts: dict[str, str] = field(default_factory=dict)
    total: int | None = None
    is_cancel_asked: bool = False

    def report(self, progress: Progress) -> None:
        """Keep the progress."""
        self.progress.append(progress)

    def log(self, line: str) -> None:
        """Keep the line."""
        self.lines.append(line)

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled once `is_cancel_asked` is set."""
        if self.is_cancel_asked:
            raise Cancelled

    def item_results(self) -> list[ItemResult]:
        """Return the results that were kept or given at the start."""
        return list(self.results)

    def item_started(self, key: str, unit: str) -> None:
        """Keep the intent."""
        self.intents.append(key)

    def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
        """Keep the outcome."""
        self.results.append(result)

    def items_total(self, total: int) -> None:
        """Keep the total."""
        self.total = total

    def artifact_saved(self, name: str, media_type: str) -> None:
        """Keep the name and type."""
        self.artifacts[name] = media_type


@dataclass
class KindRun:
    """What a run left: its output, everything the host heard, and the artifacts folder."""

    output: dict[str, Any] | None
    host: RecordingHost
    artifacts_dir: Path


def run_kind(
    kind: Kind,
    folder: Path,
    *,
    args: dict[str, Any] | None = None,
    files: Sequence[Path] = (),
    host: RecordingHost | None = None,
    confirmed: dict[str, Any] | None = None,
    allow_url_hosts: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    owner: str | None = None,
    job_id: str = "test-job",
) -> KindRun:
    """Run `kind` in this process on `files`, in `folder`; its errors come out as they are raised.

    `args` pass the kind's schema first, as they do at submission. A job that goes on after a crash has the same
    `job_id` and a host with the results that were kept.
    """
    host = host or RecordingHost()
    work, artifacts, shared = folder / "work", folder / "artifacts", folder / "shared"
    shared.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    inputs = [
        InputFile(
            path.name,
            path,
            mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files
    ]
    loaded = load(kind, args or {})
    context = JobContext(
        job_id,
        kind.name,
        loaded,
        inputs,
        1,
        work,
        artifacts,
        host,
        confirmed,
        shared_dir=shared,
        allow_url_hosts=allow_url_hosts,
        settings=settings or {},
        owner=owner,
    )
    output = kind.run(context)
    return KindRun(dict(output) if output is not None else None, host, artifacts)
