"""What goes in and out of the sessions' paths; the OpenAPI document is made of it, a test holds the answers to it."""

from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from service.kinds.sessions.notes import schema as notes
from service.model.jobs import JobStatus

FORMATS: Final = ("md", "docx", "vtt", "srt", "txt")
_STATUSES: Final = tuple(str(status) for status in JobStatus)
_MAX_TEXT: Final = 20_000


class _Strict(Schema):
    class Meta:
        """A misspelt member should be heard of."""

        unknown = RAISE


def _some(kind: type[fields.Field[Any]], text: str | None = None, **more: Any) -> fields.Field[Any]:
    return kind(required=True, metadata={"description": text} if text else {}, **more)


def _maybe(kind: type[fields.Field[Any]], text: str | None = None, **more: Any) -> fields.Field[Any]:
    return _some(kind, text, allow_none=True, **more)


class UploadQuery(_Strict):
    """Whose session it is."""

    patient_id = fields.String(load_default=None, validate=validate.Length(1, 200))


class UploadForm(_Strict):
    """A recording or a transcript, and what a person chooses."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    title = fields.String(validate=validate.Length(1, 200))
    engine = fields.String(metadata={"description": "auto, pocketsphinx, faster-whisper or openai"})
    speakers = fields.String(metadata={"description": "How many people speak, 1 to 8"})
    language = fields.String(metadata={"description": "BCP 47 tag such as en"})
    names = fields.String(metadata={"description": "Names of the speakers, as a JSON list or with commas"})
    notes = fields.String(metadata={"description": "false leaves the notes out"})
    args = fields.String(metadata={"description": "All of these as one JSON object"})


class SessionAccepted(_Strict):
    """A session that was accepted."""

    session_id = _some(fields.String)
    job_id = _some(fields.String)
    status = _some(fields.String)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class SessionsQuery(_Strict):
    """Which sessions are listed."""

    status = fields.String(load_default=None, validate=validate.OneOf(_STATUSES))
    patient_id = fields.String(load_default=None, validate=validate.Length(1, 200))
    q = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, validate=validate.Length(max=300))


class SessionError(_Strict):
    """Why a session failed."""

    code = _some(fields.String)
    message = _some(fields.String)
    remediation = _maybe(fields.String)
    retriable = _some(fields.Boolean)


class SessionSummary(_Strict):
    """A session as lists show it."""

    session_id = _some(fields.String, "The id of the first job of a chain of retries")
    job_id = _some(fields.String, "The newest job of that chain")
    title = _some(fields.String)
    patient_id = _maybe(fields.String)
    status = _some(fields.String, validate=validate.OneOf(_STATUSES))
    stage = _maybe(fields.String, "preprocessing, transcribing, diarizing or extracting_notes")
    progress = _some(fields.Float, "0 to 100")
    position = _maybe(fields.Integer)
    estimated_time_remaining = _maybe(fields.Float, "Seconds")
    message = _maybe(fields.String)
    file_name = _maybe(fields.String)
    engine = _maybe(fields.String)
    draft = _maybe(fields.Boolean, "A machine wrote it and nobody has read it over")
    duration_seconds = _maybe(fields.Float)
    partial = _some(  # type: ignore[assignment]  # the metaclass takes fields away before they hide an attribute
        fields.Boolean, "Something is missing, as the warnings say"
    )
    has_notes = _some(fields.Boolean)
    error = fields.Nested(SessionError, required=True, allow_none=True)
    created_at = _some(fields.DateTime)
    started_at = _maybe(fields.DateTime)
    finished_at = _maybe(fields.DateTime)


class Sessions(_Strict):
    """A page of sessions, the newest first."""

    sessions = fields.List(fields.Nested(SessionSummary), required=True)
    next_cursor = _maybe(fields.String)


class SessionSegment(_Strict):
    """What somebody said without a break."""

    id = _some(fields.String)
    start = _some(fields.Float, "Seconds")
    end = _some(fields.Float, "Seconds")
    text = _some(fields.String)
    speaker = _maybe(fields.String, "A key of `speakers`")
    speaker_name = _maybe(fields.String)
    confidence = _maybe(fields.Float, "0 to 1")
    is_edited = _some(fields.Boolean)
    original_text = _maybe(fields.String, "What the job had written, where a person changed it")
    original_speaker = _maybe(fields.String)


class SessionTranscript(_Strict):
    """What was said, as people left it."""

    engine = _some(fields.String)
    draft = _some(fields.Boolean)
    language = _maybe(fields.String)
    duration_seconds = _some(fields.Float)
    is_edited = _some(fields.Boolean)
    segments = fields.List(fields.Nested(SessionSegment), required=True)


class SessionStage(_Strict):
    """One part of the work; it counts seconds of audio."""

    name = _some(fields.String)
    status = _some(fields.String)
    current = _some(fields.Integer)
    total = _maybe(fields.Integer)


class SessionFile(_Strict):
    """What was handed in."""

    name = _some(fields.String)
    media_type = _some(fields.String)
    size_bytes = _some(fields.Integer)


class SessionAudio(_Strict):
    """What the player plays."""

    url = _some(fields.String)
    media_type = _some(fields.String)
    size_bytes = _some(fields.Integer)


class SessionViewer(_Strict):
    """Who looks."""

    role = _some(fields.String)
    can_edit = _some(fields.Boolean)
    sees_clinical = _some(fields.Boolean)


class SessionCan(_Strict):
    """What this viewer may do with the job of the session."""

    cancel = _some(fields.Boolean)
    retry = _some(fields.Boolean)
    delete = _some(fields.Boolean)


class Session(SessionSummary):
    """A session."""

    language = _maybe(fields.String)
    stages = fields.List(fields.Nested(SessionStage), required=True)
    warnings = fields.List(fields.Nested(notes.Warned), required=True)
    file = fields.Nested(SessionFile, required=True, allow_none=True)
    audio = fields.Nested(SessionAudio, required=True, allow_none=True)
    speakers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    revision = _some(fields.Integer, "Goes up with every change a person makes")
    transcript = fields.Nested(SessionTranscript, required=True, allow_none=True)
    viewer = fields.Nested(SessionViewer, required=True)
    can = fields.Nested(SessionCan, required=True)
    links = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class SegmentEdit(_Strict):
    """One change of one segment."""

    id = fields.String(required=True, validate=validate.Length(1, 40))
    text = fields.String(validate=validate.Length(max=_MAX_TEXT))
    speaker = fields.String(allow_none=True, validate=validate.Length(max=40))
    restore = fields.Boolean(metadata={"description": "Take every change of this segment back"})

    @validates_schema
    def changes_something(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an edit that says nothing."""
        if not {"text", "speaker", "restore"} & data.keys():
            raise ValidationError("Give text, speaker or restore.")


class EditIn(_Strict):
    """Changes of a transcript, made to a revision of it."""

    revision = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**53))
    edits = fields.List(fields.Nested(SegmentEdit), required=True, validate=validate.Length(1, 5000))


class SpeakersIn(_Strict):
    """Names of speakers by their key."""

    revision = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 2**53)
    )
    speakers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.String(validate=validate.Length(max=300)),
        required=True,
        validate=validate.Length(1, 64),
    )


class HistoryQuery(_Strict):
    """How much of the history."""

    limit = fields.Integer(load_default=200, validate=validate.Range(1, 1000))


class TranscriptChange(_Strict):
    """One change that a person made."""

    revision = _some(fields.Integer)
    what = _some(fields.String, "text, speaker or name")
    segment_id = _maybe(fields.String)
    speaker = _maybe(fields.String)
    before = _maybe(fields.String)
    after = _maybe(fields.String, "null: as the job had written it")
    editor = _maybe(fields.String)
    at = _some(fields.DateTime)


class TranscriptHistory(_Strict):
    """What people changed, the newest first."""

    edits = fields.List(fields.Nested(TranscriptChange), required=True)


class NotesVersion(_Strict):
    """Notes that were there before."""

    version = fields.Integer(required=True)
    made_at = _some(fields.String)
    editor = _maybe(fields.String, "Who had them made; null: the job")


class NotesQuery(_Strict):
    """Which notes."""

    version = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 9999),
        metadata={"description": "Earlier ones; else the newest"},
    )


class SessionNotes(Schema):
    """Notes on a session: for a patient only the summary written for them, and what to do."""

    session_id = _some(fields.String)
    role_view = _some(fields.String, validate=validate.OneOf(("clinical", "patient")))
    version = _maybe(fields.Integer, "Which earlier version this is; null: the newest")
    earlier = fields.List(fields.Nested(NotesVersion))
    transcript_changed = _some(fields.Boolean, "Words or names were changed since these notes were made")
    engine = _some(fields.String, "`rules`, or the name of the model")
    hint = _some(fields.Boolean, "Made by rules: to be read as hints")
    key_topics = fields.List(fields.Nested(notes.Topic))
    topic_summary = fields.String()
    emotional_themes = fields.List(fields.Nested(notes.Theme))
    action_items = fields.List(fields.Nested(notes.ActionItem), required=True)
    strategies = fields.List(fields.Nested(notes.Strategy))
    triggers = fields.List(fields.Nested(notes.Trigger))
    significant_quotes = fields.List(fields.Nested(notes.Quote))
    session_mood = fields.String()
    mood_trajectory = fields.String()
    mood_parts = fields.List(fields.Nested(notes.MoodPart))
    risk_flags = fields.List(fields.Nested(notes.RiskFlag))
    follow_up_topics = fields.List(fields.Nested(notes.FollowUp))
    unresolved_concerns = fields.List(fields.Nested(notes.Concern))
    therapist_notes = fields.String()
    patient_summary = _some(fields.String)
    evidence = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(notes.Evidence)), required=True
    )
    warnings = fields.List(fields.Nested(notes.Warned), required=True)


class ExportQuery(_Strict):
    """As which file."""

    format = fields.String(load_default="md", validate=validate.OneOf(FORMATS))
