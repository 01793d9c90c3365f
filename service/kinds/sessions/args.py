"""What a person may choose for a session, and what may be handed in. Light: the service imports it."""

from typing import Final

from marshmallow import Schema, fields, validate

ENGINES: Final = ("auto", "pocketsphinx", "faster-whisper", "openai")
MAX_SPEAKERS: Final = 8
MAX_INPUT_BYTES: Final = 500 * 1024 * 1024
AUDIO_SUFFIXES: Final = (
    ".wav", ".mp3", ".m4a", ".flac", ".ogg", ".oga", ".opus", ".webm", ".aac", ".wma", ".mp4", ".m4b", ".mov",
    ".mkv", ".aif", ".aiff", ".amr", ".3gp", ".caf",
)  # fmt: skip
TEXT_SUFFIXES: Final = (".txt", ".vtt", ".srt", ".json")


class SessionsArgs(Schema):
    """What a person may choose."""

    engine = fields.String(
        load_default="auto",
        validate=validate.OneOf(ENGINES),
        metadata={
            "title": "Recogniser",
            "description": "auto takes the best one that is configured; pocketsphinx is always there and gives a draft",
        },
    )
    language = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
        metadata={
            "title": "Language",
            "description": "BCP 47 tag such as en; none lets the recogniser find out",
        },
    )
    speakers = fields.Integer(
        load_default=2,
        validate=validate.Range(1, MAX_SPEAKERS),
        metadata={"title": "Speakers", "description": "How many people speak"},
    )
    names = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        load_default=list,
        validate=validate.Length(max=MAX_SPEAKERS),
        metadata={
            "title": "Names",
            "description": "Of the speakers: by channel (left first) or in the order in which they first speak",
        },
    )
    patient_id = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 100),
        metadata={"title": "Patient", "description": "Whose session this is, when accounts are on"},
    )
    title = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 200),
        metadata={"title": "Title", "description": "What the session is called; none takes the file's name"},
    )
    notes = fields.Boolean(
        load_default=True,
        metadata={"title": "Notes", "description": "Take notes from the transcript, each with its evidence"},
    )
