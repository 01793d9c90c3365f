"""The last stage and what a session leaves: transcript, notes, something to play, and no more than that."""

from typing import Any, Final

from service.kinds.base import JobContext
from service.kinds.sessions.audio.plan import Plan
from service.kinds.sessions.audio.player import make_playable, needs_copy
from service.kinds.sessions.codes import warning
from service.kinds.sessions.listening import SAMPLES_FILE
from service.kinds.sessions.meter import MESSAGES, Meter
from service.kinds.sessions.renewal.versions import keep
from service.kinds.sessions.settings import SessionsSettings
from service.kinds.sessions.transcript import Transcript
from service.model.errors import JobError

PLAYABLE: Final = "audio.ogg"


class Finish:
    """Writes artifacts and counts; words and names go into artifacts only."""

    def __init__(self, job: JobContext, meter: Meter, settings: SessionsSettings) -> None:
        self._job = job
        self._meter = meter
        self._settings = settings

    def leave(self, transcript: Transcript, plan: Plan | None) -> dict[str, Any]:
        """Leave the artifacts and return the output. `plan` is None when a transcript was handed in."""
        # First of all, so that nothing that fails from here on costs what was heard.
        self._job.save_artifact("transcript.json", transcript.to_json())
        audio = None
        if plan is not None:
            audio, transcript = self._playable(plan, transcript)
        transcript, has_notes = self._noted(transcript)
        self._job.save_artifact("transcript.json", transcript.to_json())
        if plan is not None:
            (self._job.work_dir / SAMPLES_FILE).unlink(missing_ok=True)
        self._meter.finish()
        self._job.report("Done")
        left = self._output(transcript, audio, has_notes=has_notes)
        # The desk reads this: it lets go of what was handed in, unless another job has the same content.
        return left | {"drop_inputs": True} if plan is not None and self._is_deleted(transcript) else left

    def _playable(self, plan: Plan, transcript: Transcript) -> tuple[str | None, Transcript]:
        """Return which file a browser can play ("input", the name of an artifact, or None)."""
        if self._is_deleted(transcript):
            return None, transcript
        if not needs_copy(self._job.inputs[0]):
            return "input", transcript
        try:
            with self._job.open_artifact(PLAYABLE, "audio/ogg") as out:
                make_playable(plan.recording, out, self._job.check_cancelled)
        except (OSError, ValueError) as error:
            self._job.log(f"No copy for the player: {type(error).__name__}")
            return None, _warned(transcript, "playback_failed")
        return PLAYABLE, transcript

    def _is_deleted(self, transcript: Transcript) -> bool:
        """Return whether the recording goes: not while telling speakers apart could be tried again with it."""
        is_whole = all(one["code"] != "diarizing_failed" for one in transcript.warnings)
        return self._settings.delete_audio_after_success and is_whole

    def _noted(self, transcript: Transcript) -> tuple[Transcript, bool]:
        if not self._job.args["notes"] or not transcript.segments:
            return transcript, False
        self._meter.begin("extracting_notes")
        self._job.report(MESSAGES["extracting_notes"])
        try:
            from service.kinds.sessions.notes import extract_notes

            made = extract_notes(transcript, self._job.settings, self._told(transcript))
            # No artifact: those are served whole to whoever sees the job, and a patient reads a part of the notes only.
            keep(self._job.work_dir, made, transcript)
        except JobError as error:
            self._job.log(f"No notes: {error.code}")
            return _warned(transcript, "notes_failed"), False
        except Exception as error:  # the transcript is worth keeping whatever goes wrong with the notes
            self._job.log(f"No notes: {type(error).__name__}")
            return _warned(transcript, "notes_failed"), False
        return transcript, True

    def _told(self, transcript: Transcript) -> Any:
        def told(fraction: float, message: str | None = None) -> None:
            self._meter.at(min(1.0, max(0.0, fraction)) * transcript.duration_seconds)
            self._job.report(message)

        return told

    def _output(self, transcript: Transcript, audio: str | None, *, has_notes: bool) -> dict[str, Any]:
        return {
            "session": {
                "engine": transcript.engine,
                "draft": transcript.draft,
                "language": transcript.language,
                "duration_seconds": round(transcript.duration_seconds, 3),
                "segments": len(transcript.segments),
                "words": sum(len(segment.text.split()) for segment in transcript.segments),
                "speakers": len({segment.speaker for segment in transcript.segments if segment.speaker}),
                "has_notes": has_notes,
                "audio": audio,
                "warnings": [one["code"] for one in transcript.warnings],
            }
        }


def _warned(transcript: Transcript, code: str) -> Transcript:
    return transcript.with_warning(**warning(code))
