"""A session from its input to what it leaves: prepare, transcribe, tell speakers apart, take notes.

Words of the conversation and names of people go into artifacts and the job's own folder, and nowhere else:
not into the output, items, progress, log or errors.
"""

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from service.kinds.base import InputFile, JobContext
from service.kinds.sessions.args import MAX_INPUT_BYTES, TEXT_SUFFIXES
from service.kinds.sessions.codes import session_error
from service.kinds.sessions.engines.choose import make_engine
from service.kinds.sessions.finishing import Finish
from service.kinds.sessions.formats import read_transcript
from service.kinds.sessions.listening import Listening
from service.kinds.sessions.meter import Meter, MeteredHost
from service.kinds.sessions.settings import SessionsSettings


def work(job: JobContext) -> dict[str, Any]:
    """Do the whole of a session and return the output of docs/kinds/sessions.md."""
    settings = SessionsSettings.read(job.settings)
    source = job.inputs[0]
    if source.size_bytes > MAX_INPUT_BYTES:
        raise session_error(
            "audio_too_large", f"The file has {source.size_bytes} bytes; {MAX_INPUT_BYTES} are allowed."
        )
    if PurePosixPath(source.name.lower()).suffix in TEXT_SUFFIXES:
        return _from_text(job, source, settings)
    return _from_sound(job, source, settings)


def _from_text(job: JobContext, source: InputFile, settings: SessionsSettings) -> dict[str, Any]:
    """Take a transcript that a person has handed in."""
    meter = Meter(0.0, None)
    job.host = MeteredHost(job.host, meter)
    transcript = read_transcript(source.path, source.name)
    meter.length(transcript.duration_seconds)
    meter.skip("preprocessing", "transcribing", "diarizing")
    named = {**transcript.speakers, **dict(zip(transcript.speakers, job.args["names"], strict=False))}
    return Finish(job, meter, settings).leave(replace(transcript, speakers=named), None)


def _from_sound(job: JobContext, source: InputFile, settings: SessionsSettings) -> dict[str, Any]:
    """Take a recording."""
    if not source.path.is_file():
        raise session_error("audio_deleted", "The recording is not there any more.")
    engine = make_engine(job.args["engine"], job.args["language"], settings)
    meter = Meter(engine.pace, engine.name)
    job.host = MeteredHost(job.host, meter)
    listening = Listening(job, meter, engine, settings)
    try:
        plan = listening.prepared(source)
        heard = listening.heard(plan)
    finally:
        engine.close()
    transcript = listening.transcript(plan, heard)
    return Finish(job, meter, settings).leave(transcript, plan)
