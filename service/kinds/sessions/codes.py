"""Every reason why a recording is not transcribed, and every warning about one that is (docs/kinds/sessions.md)."""

from collections.abc import Mapping
from typing import Final

from service.model.errors import JobError

REMEDIATION: Final[Mapping[str, str]] = {
    "audio_empty": "Nothing was recorded, or the upload was cut off at once: record or copy it again.",
    "not_audio": "Submit a recording (WAV, MP3, M4A, FLAC, OGG, Opus, WebM, WMA …) or a transcript.",
    "no_audio_track": "The file has pictures only: export it again with its sound.",
    "wav_header_broken": "The WAV header contradicts the file: export the recording again.",
    "wav_without_data": "The WAV file has no sound after its header: export the recording again.",
    "audio_incomplete": "The end of the file, with its index, is missing: upload the whole recording.",
    "audio_unreadable": "The file is damaged, or in a format that is not read: convert it to WAV or FLAC.",
    "audio_too_large": "Compress the recording (Opus at 32 kbit/s takes 15 MB an hour), or split it.",
    "too_long": "Split the recording, or raise sessions.max_hours.",
    "audio_deleted": "The recording was deleted after its transcription, as is set. Upload it again.",
    "model_not_found": "sessions.whisper_model_dir has to name a folder here with a model for faster-whisper.",
    "model_incomplete": "The folder needs model.bin, config.json, tokenizer.json and the vocabulary.",
    "model_failed": "The model could not be loaded or run: convert it again with the installed CTranslate2.",
    "engine_not_installed": "pip install 'nowserving[sessions-whisper]'",
    "engine_not_configured": "Configure it under kind_settings.sessions, or choose another engine.",
    "engine_failed": "The recogniser ended unexpectedly. Retry the job: finished minutes are kept.",
    "language_not_supported": "The embedded recogniser knows English only: configure another engine.",
    "endpoint_refused": "The transcription endpoint did not take the recording: check address, model and key.",
    "endpoint_unreachable": "Start the transcription endpoint and retry the job: finished minutes are kept.",
}

WARNINGS: Final[Mapping[str, str]] = {
    "no_speech": "No speech was heard in the recording.",
    "audio_truncated": "The recording ends before the length that its header names; what there is was transcribed.",
    "audio_damaged": "Parts of the recording are missing or cannot be decoded; the rest was transcribed.",
    "diarizing_failed": "The speakers could not be told apart; the transcript is kept without them.",
    "one_voice": "Only one voice could be told apart.",
    "notes_failed": "No notes could be made; the transcript is kept.",
    "draft": "A machine's draft: read it against the recording before you rely on it.",
    "playback_failed": "No copy for the player could be made; the original can be downloaded.",
}


def session_error(code: str, message: str, *, retriable: bool = False) -> JobError:
    """Return the error of a job with the remediation that belongs to its code."""
    return JobError(code, message, remediation=REMEDIATION[code], retriable=retriable)


def warning(code: str, message: str | None = None) -> dict[str, str]:
    """Return a warning as transcripts carry it; never with words of the conversation in it."""
    return {"code": code, "message": message or WARNINGS[code]}
