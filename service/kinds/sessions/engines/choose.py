"""Which recogniser a job gets: the one that was asked for, or the best one that is configured."""

import importlib.util

from service.kinds.sessions.codes import session_error
from service.kinds.sessions.engines.endpoint import Endpoint
from service.kinds.sessions.engines.port import Engine
from service.kinds.sessions.engines.sphinx import Sphinx
from service.kinds.sessions.engines.whisper import Whisper, check_folder
from service.kinds.sessions.settings import SessionsSettings


def make_engine(asked: str, language: str | None, settings: SessionsSettings) -> Engine:
    """Return the engine for a job.

    Raises JobError `engine_not_configured`, `engine_not_installed`, `model_not_found`, `model_incomplete` or
    `language_not_supported`.
    """
    name = _best(settings) if asked == "auto" else asked
    if name == "faster-whisper":
        return _whisper(language, settings)
    if name == "openai":
        if not settings.transcription_url:
            raise session_error("engine_not_configured", "sessions.transcription_url is not set.")
        return Endpoint(
            settings.transcription_url,
            settings.transcription_model,
            settings.transcription_key,
            language=language,
        )
    if language and language.partition("-")[0].lower() not in ("en", "eng"):
        raise session_error("language_not_supported", f"pocketsphinx does not know {language!r}.")
    return Sphinx()


def _best(settings: SessionsSettings) -> str:
    if settings.whisper_model_dir is not None:
        return "faster-whisper"
    return "openai" if settings.transcription_url else "pocketsphinx"


def _whisper(language: str | None, settings: SessionsSettings) -> Whisper:
    if settings.whisper_model_dir is None:
        raise session_error("engine_not_configured", "sessions.whisper_model_dir is not set.")
    check_folder(settings.whisper_model_dir)
    if importlib.util.find_spec("faster_whisper") is None:
        raise session_error("engine_not_installed", "faster-whisper is not installed.")
    return Whisper(
        settings.whisper_model_dir,
        language=language,
        device=settings.whisper_device,
        compute_type=settings.whisper_compute_type,
        threads=settings.whisper_threads,
    )
