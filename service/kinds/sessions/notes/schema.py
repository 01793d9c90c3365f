"""The shape of notes, whoever made them: checked on the way out and when a language model fills it."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from service.kinds.sessions.notes.mood import MOODS
from service.kinds.sessions.notes.risk import RISK_TYPES, SEVERITIES

CATEGORIES: Final = (
    "homework", "practice", "contact", "appointment", "lifestyle", "self_care", "reflection", "medication", "other",
)  # fmt: skip
TRAJECTORIES: Final = ("improving", "declining", "stable", "fluctuating")
STATUSES: Final = ("suggested", "practised", "helpful", "unhelpful", "mentioned")
_SCORE: Final = validate.Range(-1, 1)


class _Strict(Schema):
    class Meta:
        """A member that nobody knows is a mistake."""

        unknown = RAISE


class Evidence(_Strict):
    """The words that something rests on, and where they stand."""

    segment_id = fields.String(required=True)
    start = fields.Float(required=True)
    end = fields.Float(required=True)
    quote = fields.String(required=True)
    speaker = fields.String(required=True, allow_none=True)


class _Found(_Strict):
    evidence = fields.List(fields.Nested(Evidence), required=True)
    hint = fields.Boolean(required=True, metadata={"description": "Found by rules: to be read as a hint"})


class Topic(_Found):
    """What the session was about."""

    topic = fields.String(required=True)
    score = fields.Float(required=True, validate=validate.Range(0, 1))


class Theme(_Found):
    """A feeling."""

    theme = fields.String(required=True)
    intensity = fields.Float(required=True, validate=validate.Range(0, 1))


class ActionItem(_Found):
    """Something to be done."""

    task = fields.String(required=True, validate=validate.Length(min=1))
    category = fields.String(required=True, validate=validate.OneOf(CATEGORIES))
    details = fields.String(required=True, allow_none=True)
    owner = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(("client", "therapist", "both"))
    )
    due = fields.String(required=True, allow_none=True)


class Strategy(_Found):
    """A way of coping, and how it went."""

    strategy = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class Trigger(_Found):
    """What sets something off."""

    trigger = fields.String(required=True)


class Quote(_Found):
    """Words worth keeping."""

    quote = fields.String(required=True)
    timestamp_start = fields.Float(required=True)
    speaker = fields.String(required=True, allow_none=True)
    segment_id = fields.String(required=True)


class RiskFlag(_Found):
    """What may mean danger. `verified`: its words stand in the transcript."""

    type = fields.String(required=True, validate=validate.OneOf(RISK_TYPES))
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES))
    negated = fields.Boolean(required=True)
    verified = fields.Boolean(required=True)
    about = fields.String(required=True, validate=validate.OneOf(("client", "other", "unclear")))


class FollowUp(_Found):
    """What is to be taken up again."""

    topic = fields.String(required=True)


class Concern(_Found):
    """What was left open."""

    concern = fields.String(required=True)


class MoodPart(_Strict):
    """A stretch of the session with its mood."""

    start = fields.Float(required=True)
    end = fields.Float(required=True)
    mood = fields.String(required=True, validate=validate.OneOf(MOODS))
    score = fields.Float(required=True, validate=_SCORE)
    evidence = fields.List(fields.Nested(Evidence), required=True)


class Warned(_Strict):
    """Something to know about these notes."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class Notes(_Strict):
    """Notes on one session."""

    engine = fields.String(required=True)
    hint = fields.Boolean(required=True)
    key_topics = fields.List(fields.Nested(Topic), required=True)
    topic_summary = fields.String(required=True)
    emotional_themes = fields.List(fields.Nested(Theme), required=True)
    action_items = fields.List(fields.Nested(ActionItem), required=True)
    strategies = fields.List(fields.Nested(Strategy), required=True)
    triggers = fields.List(fields.Nested(Trigger), required=True)
    significant_quotes = fields.List(fields.Nested(Quote), required=True)
    session_mood = fields.String(required=True, validate=validate.OneOf(MOODS))
    mood_trajectory = fields.String(required=True, validate=validate.OneOf(TRAJECTORIES))
    mood_parts = fields.List(fields.Nested(MoodPart), required=True)
    risk_flags = fields.List(fields.Nested(RiskFlag), required=True)
    follow_up_topics = fields.List(fields.Nested(FollowUp), required=True)
    unresolved_concerns = fields.List(fields.Nested(Concern), required=True)
    therapist_notes = fields.String(required=True)
    patient_summary = fields.String(required=True)
    evidence = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(Evidence)), required=True)
    warnings = fields.List(fields.Nested(Warned), required=True)


def checked(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return notes that keep to the schema; raises ValueError that names the wrong places, never their words."""
    try:
        Notes().load(notes)
    except ValidationError as error:
        raise ValueError(f"notes do not keep to their schema in {_places(error.messages)}") from None
    return dict(notes)


def _places(messages: Any, at: str = "") -> str:
    if isinstance(messages, Mapping):
        return ", ".join(_places(inner, f"{at}/{key}") for key, inner in messages.items())
    return at or "/"
