"""Progress on standard error: a bar on a terminal, a line now and then in a log file."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from service.cli import words
from service.cli.terminal import Terminal, one_line
from service.client import StreamEvent
from service.model import events as names

STEP_PERCENT = 10.0  # between two lines where no bar can be drawn


class JobBar:
    """What a person sees of one job that is followed. Use it in a `with`."""

    def __init__(self, terminal: Terminal, title: str) -> None:
        self._terminal = terminal
        self._title = one_line(title)
        self._told_percent = -STEP_PERCENT
        self._told = ""
        self._bar: Progress | None = None
        if terminal.errors.is_terminal and not terminal.is_quiet:
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TextColumn("{task.fields[what]}", markup=False),
                console=terminal.errors,
                transient=True,
            )
            self._task = self._bar.add_task(self._title, total=100.0, what="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def event(self, event: StreamEvent) -> None:
        """Show what an event says."""
        data = event.data
        if event.name == names.RESYNC:
            self.job(data.get("job") or {})
        elif event.name in (names.QUEUED, names.POSITION) and data.get("status", "queued") == "queued":
            self.tell(words.queued(data.get("position"), data.get("estimate")))
        elif event.name == names.STARTED:
            attempt = data.get("attempt", 1)
            self.tell("running" if attempt == 1 else f"running, attempt {attempt}")
        elif event.name == names.PROGRESS:
            self.progress(data)
        elif event.name == names.ITEM_FAILED:
            self.note(f"{data.get('key')}: {data.get('message')} [{data.get('code')}]")
        elif event.name == names.INTERRUPTED:
            self.tell(f"interrupted ({data.get('reason')}), back in the line")

    def job(self, job: Mapping[str, Any]) -> None:
        """Show the state of a whole job."""
        if job.get("status") == "running":
            self.progress(job["progress"])
        elif job.get("status") == "queued":
            self.tell(words.queued(job.get("position"), job.get("estimate")))

    def progress(self, of: Mapping[str, Any]) -> None:
        """Show a progress object."""
        percent, what = float(of.get("percent") or 0.0), words.progress(of)
        if self._bar is not None:
            self._bar.update(self._task, completed=percent, what=Text(one_line(what)).plain)
        elif percent >= self._told_percent + STEP_PERCENT:
            self._told_percent = percent
            self.note(", ".join(part for part in (f"{percent:.0f} %", what) if part))

    def tell(self, what: str) -> None:
        """Show where the job stands; the same is not said twice."""
        if self._bar is not None:
            self._bar.update(self._task, what=one_line(what))
        elif what != self._told:
            self.note(what)
        self._told = what

    def note(self, what: str) -> None:
        """Say something that stays on the screen."""
        self._terminal.say(f"{self._title}: {one_line(what)}")

    def lost(self, reason: str, wait_seconds: float) -> None:
        """Say that the connection broke and when the next try is."""
        self.tell(f"connection lost ({reason}), trying again in {wait_seconds:.0f} s")
