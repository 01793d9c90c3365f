"""What a kind sees of its job while it runs in the child: its inputs, its items, and whom it tells how far it is."""

import json
import mimetypes
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar

from service.kinds.host import Held, Host, ItemResult, Json
from service.model.artifacts import safe_name
from service.model.errors import JobError
from service.model.progress import Progress, Stage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InputFile:
    """An input as the kind sees it: `path` is where the bytes are, `name` is what the person called it."""

    name: str
    path: Path
    media_type: str
    size_bytes: int
    sha256: str


class Item(Generic[T]):
    """One unit of a job that is worth resuming at. Call `done` or `failed` once, or use it in a `with`."""

    def __init__(self, context: "JobContext", key: str, value: T, unit: str, *, is_effect: bool) -> None:
        self.key = key
        self.value = value
        self.finished = False
        self._context = context
        self._unit = unit
        self._is_effect = is_effect

    def done(self, output: Json = None) -> None:
        """Commit the item as completed with a small JSON output; after this it is never run again."""
        self._finish(ItemResult(self.key, "completed", output))

    def failed(self, code: str, message: str, output: Json = None) -> None:
        """Commit the item as failed, with what is known of it; the job goes on with the next one."""
        self._finish(ItemResult(self.key, "failed", output, code, message))

    def needs_review(self, code: str, message: str, output: Json = None) -> None:
        """Commit that nobody knows whether the effect took place: a person has to decide."""
        self._finish(ItemResult(self.key, "needs_review", output, code, message))

    def progress(self, fraction: float, message: str | None = None, *, file_name: str | None = None) -> None:
        """Report how much of this one item is done, 0.0-1.0; it counts into the job's percent."""
        self._context._item_progress(fraction, message, file_name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, JobError):
            self.failed(error.code, error.message)
            return True
        if error is None and not self.finished:
            self.done()
        return False

    def _finish(self, result: ItemResult) -> None:
        if self.finished:
            raise RuntimeError(f"item {self.key!r} was finished twice")
        self.finished = True
        self._context._item_finished(result, self._unit, is_effect=self._is_effect)


@dataclass
class JobContext:
    """Everything a kind may see of its job while it runs in the child.

    `args` have passed the kind's schema; `work_dir` is a folder of this job that lives from attempt
    to attempt; `shared_dir` is one of the kind, which all its jobs share (caches, a library);
    `confirmed` is the body with which a person confirmed a held job, else None; `allow_url_hosts`
    are the inner hosts that a setting lets through service.kinds.fetching; `settings` come unchecked;
    `owner` is the id of the account that handed the job in, None while accounts are off.
    """

    id: str
    kind: str
    args: dict[str, Any]
    inputs: Sequence[InputFile]
    attempt: int
    work_dir: Path
    artifacts_dir: Path
    host: Host
    confirmed: dict[str, Any] | None = None
    max_artifact_bytes: int | None = None
    shared_dir: Path = Path()
    allow_url_hosts: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    owner: str | None = None
    _progress: Progress = field(default_factory=Progress)
    _results: dict[str, ItemResult] | None = None
    _keys: set[str] = field(default_factory=set)
    _total: int = 0
    _finished: int = 0

    def report(
        self,
        message: str | None = None,
        *,
        percent: float | None = None,
        current: int | None = None,
        total: int | None = None,
        unit: str | None = None,
        file_name: str | None = None,
        stage: str | None = None,
        stages: Sequence[Stage] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Tell how far the job is; what is left out stays as it was. Raises Cancelled when cancel was asked."""
        before = self._progress
        now_current = before.current if current is None else current
        now_total = before.total if total is None else total
        if percent is not None:
            now_percent = _percent(percent)
        elif (current is not None or total is not None) and now_total:
            now_percent = _percent(100.0 * now_current / now_total)
        else:
            now_percent = before.percent
        # By hand and not by dataclasses.replace, which takes longer than all the rest of a report.
        self._progress = Progress(
            now_percent,
            now_current,
            now_total,
            before.unit if unit is None else unit,
            before.message if message is None else message,
            before.file_name if file_name is None else file_name,
            before.stage if stage is None else stage,
            before.stages if stages is None else tuple(stages),
            before.details if details is None else details,
        )
        self.host.report(self._progress)
        self.host.raise_if_cancelled()

    def log(self, line: str) -> None:
        """Append a line to the job's log."""
        self.host.log(line)

    def check_cancelled(self) -> None:
        """Raise Cancelled when a person has asked for the end of this job."""
        self.host.raise_if_cancelled()

    def hold(self, preview: dict[str, Any]) -> None:
        """Leave the line until a person has looked at `preview` and confirmed; the kind then runs again.

        With a `hash` member in the preview, a confirmation must bring the same hash (else 409).
        """
        raise Held(preview)

    def item_results(self) -> list[ItemResult]:
        """Return every finished item so far, those of earlier attempts included."""
        return list(self._known().values())

    def items(
        self,
        values: Iterable[T],
        *,
        key: Callable[[T], object] = str,
        unit: str = "item",
        total: int | None = None,
        effect: bool = False,
    ) -> Iterator[Item[T]]:
        """Walk the units of this job, leaving out those that an earlier attempt has finished.

        A unit is committed before the next begins. With `effect=True` an intent is committed before
        the work: if the process dies in between, the item becomes `needs_review` and is never repeated
        by itself. Keys are unique strings in a job (ValueError otherwise).
        """
        known = self._known()
        size = total if total is not None else len(values) if isinstance(values, Sized) else None
        if size is not None:
            self._total += size
            self.host.items_total(self._total)
        self.report(unit=unit, total=self._total or None, current=self._finished)
        for value in values:
            name = str(key(value))
            if name in self._keys:
                raise ValueError(f"two items have the key {name!r}")
            self._keys.add(name)
            if name in known:
                self._count_finished()
                continue
            self.host.raise_if_cancelled()
            if effect:
                self.host.item_started(name, unit)
            item = Item(self, name, value, unit, is_effect=effect)
            yield item
            if not item.finished:
                item.done()
        self.host.raise_if_cancelled()

    def track(
        self, values: Iterable[T], *, total: int | None = None, unit: str = "step", message: str | None = None
    ) -> Iterator[T]:
        """Walk something long, reporting progress and seeing a cancel at each step; nothing is committed."""
        size = total if total is not None else len(values) if isinstance(values, Sized) else None
        self.report(message, current=0, total=size, unit=unit)
        for number, value in enumerate(values, 1):
            yield value
            self.report(message, current=number, total=size, unit=unit)

    def save_artifact(
        self, name: str, content: bytes | str | Path | Json, media_type: str | None = None
    ) -> None:
        """Leave a named file: bytes, text, a file to copy, or anything else as indented JSON (UTF-8).

        Written beside its place and moved there in one step, so a reader never sees half a file.
        """
        with self.open_artifact(name, media_type) as out:
            if isinstance(content, bytes):
                out.write(content)
            elif isinstance(content, str):
                out.write(content.encode())
            elif isinstance(content, Path):
                with content.open("rb") as source:
                    while chunk := source.read(1 << 20):
                        out.write(chunk)
            else:
                out.write(json.dumps(content, ensure_ascii=False, indent=2).encode())

    @contextmanager
    def open_artifact(self, name: str, media_type: str | None = None) -> Iterator[IO[bytes]]:
        """Open a named artifact for writing; it appears, whole, when the `with` block ends without an error."""
        if safe_name(name) != name:
            raise ValueError(f"not a name for an artifact: {name!r}")
        self.artifacts_dir.mkdir(parents=True, exist_ok=True)
        part = self.work_dir / f"{name}.part"
        try:
            with part.open("wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            part.unlink(missing_ok=True)  # half a file helps nobody
            raise
        self._check_room(part, name)
        part.replace(self.artifacts_dir / name)
        guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.host.artifact_saved(name, guessed)

    def _check_room(self, part: Path, name: str) -> None:
        """Refuse a file with which the artifacts of this job would be too large in all."""
        if self.max_artifact_bytes is None:
            return
        others = sum(file.stat().st_size for file in self.artifacts_dir.iterdir() if file.name != name)
        size = others + part.stat().st_size
        if size > self.max_artifact_bytes:
            part.unlink()
            raise JobError(
                "artifacts_too_large",
                f"With {name!r} the artifacts have {size} bytes; {self.max_artifact_bytes} are allowed.",
                remediation="Give it less at once, or raise the limit of its kind.",
            )

    def _known(self) -> dict[str, ItemResult]:
        if self._results is None:
            self._results = {result.key: result for result in self.host.item_results()}
        return self._results

    def _item_progress(self, fraction: float, message: str | None, file_name: str | None) -> None:
        percent = None
        if self._total:
            percent = 100.0 * (self._finished + min(1.0, max(0.0, fraction))) / self._total
        self.report(message, percent=percent, file_name=file_name)

    def _item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
        self.host.item_finished(result, unit, is_effect=is_effect)
        self._known()[result.key] = result
        self._count_finished()

    def _count_finished(self) -> None:
        self._finished += 1
        percent = 100.0 * self._finished / self._total if self._total else self._progress.percent
        self._progress = replace(
            self._progress,
            current=self._finished,
            total=self._total or None,
            percent=_percent(percent),
        )
        self.host.report(self._progress)


def _percent(percent: float) -> float:
    return round(min(100.0, max(0.0, percent)), 2)
