"""What a language model claims of a session, and what is left of it once its quotes were looked up.

A finding whose words do not stand in the transcript is dropped and counted, but for risk flags: those are kept and
marked unverified, and those that the rules found and the model left out are added.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from service.kinds.sessions.notes.mood import MOODS
from service.kinds.sessions.notes.risk import RISK_TYPES, SEVERITIES
from service.kinds.sessions.notes.schema import CATEGORIES, STATUSES, TRAJECTORIES
from service.kinds.sessions.notes.sentences import evidence_of, plain
from service.kinds.sessions.transcript import Segment, Transcript

_MIN_QUOTE: Final = 2  # characters: "no" is an answer
_WITH_EVIDENCE: Final = (
    "emotional_themes", "action_items", "strategies", "triggers", "follow_up_topics", "unresolved_concerns",
)  # fmt: skip
_NO_TEXT: Final = validate.Length(min=1, max=4000)


class _Open(Schema):
    class Meta:
        """A model may say more than it was asked."""

        unknown = EXCLUDE


class _Words(_Open):
    segment_id = fields.String(required=True)
    quote = fields.String(required=True)


class _Claim(_Open):
    evidence = fields.List(fields.Nested(_Words), required=True)


def _text(**more: Any) -> fields.String:
    return fields.String(required=True, validate=_NO_TEXT, **more)


def _one_of(words: Sequence[str]) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(words))


class _Topic(_Claim):
    topic = _text()


class _Theme(_Claim):
    theme = _text()
    intensity = fields.Float(required=True, validate=validate.Range(0, 1))


class _Task(_Claim):
    task = _text()
    category = _one_of(CATEGORIES)
    details = fields.String(required=True, allow_none=True)
    owner = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(("client", "therapist", "both"))
    )
    due = fields.String(required=True, allow_none=True)


class _Strategy(_Claim):
    strategy = _text()
    status = _one_of(STATUSES)


class _Trigger(_Claim):
    trigger = _text()


class _Quote(_Open):
    segment_id = fields.String(required=True)
    quote = _text()


class _Risk(_Claim):
    type = _one_of(RISK_TYPES)
    severity = _one_of(SEVERITIES)
    negated = fields.Boolean(required=True)
    about = _one_of(("client", "other", "unclear"))


class _Concern(_Claim):
    concern = _text()


class Answer(_Open):
    """What the model is asked for."""

    key_topics = fields.List(fields.Nested(_Topic), required=True)
    topic_summary = fields.String(required=True)
    emotional_themes = fields.List(fields.Nested(_Theme), required=True)
    action_items = fields.List(fields.Nested(_Task), required=True)
    strategies = fields.List(fields.Nested(_Strategy), required=True)
    triggers = fields.List(fields.Nested(_Trigger), required=True)
    significant_quotes = fields.List(fields.Nested(_Quote), required=True)
    session_mood = _one_of(MOODS)
    mood_trajectory = _one_of(TRAJECTORIES)
    risk_flags = fields.List(fields.Nested(_Risk), required=True)
    follow_up_topics = fields.List(fields.Nested(_Topic), required=True)
    unresolved_concerns = fields.List(fields.Nested(_Concern), required=True)
    therapist_notes = fields.String(required=True)
    patient_summary = fields.String(required=True)


def _json_schema(schema: type[Schema]) -> dict[str, Any]:
    """Return the JSON Schema of an answer, strict as endpoints want it: every member required, no other allowed."""
    properties = {name: _json_field(field) for name, field in schema().fields.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _json_field(field: fields.Field[Any]) -> dict[str, Any]:
    if isinstance(field, fields.List):
        return {"type": "array", "items": _json_field(field.inner)}
    if isinstance(field, fields.Nested):
        return _json_schema(type(field.schema))
    choices = next(
        (list(rule.choices) for rule in field.validators if isinstance(rule, validate.OneOf)), None
    )
    kind = {fields.Boolean: "boolean", fields.Float: "number"}.get(type(field), "string")
    if choices is not None:
        return {"enum": [*choices, None] if field.allow_none else choices}
    return {"type": [kind, "null"] if field.allow_none else kind}


ANSWER_SCHEMA: Final = _json_schema(Answer)


def read_answer(value: Any) -> dict[str, Any]:
    """Return an answer that keeps to the schema. Raises ValueError, without its words, for any other."""
    if not isinstance(value, Mapping):
        raise ValueError("the answer is not a JSON object")  # noqa: TRY004 (one sort of error for a wrong answer)
    try:
        return dict(Answer().load(value))
    except ValidationError as error:
        wrong = ", ".join(sorted(map(str, error.messages_dict))[:5])
        raise ValueError(f"the answer does not keep to the schema in {wrong}") from None


def verified(
    answer: Mapping[str, Any], by_rules: Mapping[str, Any], transcript: Transcript, model: str
) -> dict[str, Any]:
    """Return notes made of an answer: what stands in the transcript, and every risk flag of the model or the rules."""
    looked_up = _LookUp(transcript)
    notes: dict[str, Any] = {**by_rules, "engine": model, "hint": False}
    for name in ("topic_summary", "therapist_notes", "patient_summary", "session_mood", "mood_trajectory"):
        notes[name] = answer[name]
    for name in _WITH_EVIDENCE:
        notes[name] = looked_up.kept(answer[name])
    topics = looked_up.kept(answer["key_topics"])
    notes["key_topics"] = [
        {**one, "score": round(1 - n / (len(topics) + 1), 3)} for n, one in enumerate(topics)
    ]
    notes["significant_quotes"] = looked_up.quotes(answer["significant_quotes"])
    claimed = [looked_up.risk(one) for one in answer["risk_flags"]]
    notes["risk_flags"] = _united(claimed, by_rules["risk_flags"])
    notes["evidence"] = {**by_rules["evidence"], "topic_summary": [], "patient_summary": []}
    warnings = list(by_rules["warnings"])
    if looked_up.dropped:
        message = (
            f"{looked_up.dropped} findings of the model do not stand in the transcript and were dropped."
        )
        warnings.append({"code": "findings_dropped", "message": message})
    if unverified := sum(not flag["verified"] for flag in notes["risk_flags"]):
        message = f"{unverified} risk flags of the model quote words that do not stand in the transcript."
        warnings.append({"code": "risk_unverified", "message": message})
    notes["warnings"] = warnings
    return notes


class _LookUp:
    """Finds quotes in a transcript: in the segment that was named, else wherever they stand."""

    def __init__(self, transcript: Transcript) -> None:
        self.dropped = 0
        self._segments = {segment.id: segment for segment in transcript.segments}
        self._plain = {segment.id: _letters(segment.text) for segment in transcript.segments}

    def kept(self, claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the claims that have evidence left."""
        found = [{**claim, "evidence": self._evidence(claim["evidence"]), "hint": False} for claim in claims]
        kept = [claim for claim in found if claim["evidence"]]
        self.dropped += len(found) - len(kept)
        return kept

    def quotes(self, claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the quotes that were said, with their time."""
        made = []
        for claim in claims:
            segment = self._find(claim)
            if segment is None:
                self.dropped += 1
                continue
            made.append(
                {
                    "quote": claim["quote"],
                    "timestamp_start": round(segment.start, 3),
                    "speaker": segment.speaker,
                    "segment_id": segment.id,
                    "evidence": [evidence_of(segment, claim["quote"])],
                    "hint": False,
                }
            )
        return made

    def risk(self, claim: Mapping[str, Any]) -> dict[str, Any]:
        """Return a risk flag, verified by its words or not; one whose words are nowhere keeps what was claimed."""
        found = self._evidence(claim["evidence"])
        flag = {name: claim[name] for name in ("type", "severity", "negated", "about")}
        if found:
            return {**flag, "verified": True, "evidence": found, "hint": False}
        named = [
            evidence_of(self._segments[words["segment_id"]], words["quote"])
            for words in claim["evidence"]
            if words["segment_id"] in self._segments
        ]
        return {**flag, "verified": False, "evidence": named, "hint": False}

    def _evidence(self, claimed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found = ((words, self._find(words)) for words in claimed)
        return [evidence_of(segment, words["quote"]) for words, segment in found if segment is not None]

    def _find(self, words: Mapping[str, Any]) -> Segment | None:
        wanted = _letters(words["quote"])
        if len(wanted.strip()) < _MIN_QUOTE:
            return None
        named = words["segment_id"]
        if wanted in self._plain.get(named, ""):
            return self._segments[named]
        place = next((one for one, text in self._plain.items() if wanted in text), None)
        return self._segments[place] if place is not None else None


def _letters(text: str) -> str:
    """Return words between single spaces, so that a quote is found whatever its marks and capitals."""
    words = "".join(letter if letter.isalnum() or letter == "'" else " " for letter in plain(text)).split()
    return f" {' '.join(words)} "


def _united(claimed: list[dict[str, Any]], by_rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return all flags of both: where both mean the same words, the more severe reading stands."""
    flags = [dict(flag) for flag in claimed]
    for rule in by_rules:
        places = {one["segment_id"] for one in rule["evidence"]}
        same = next(
            (
                flag
                for flag in flags
                if flag["type"] == rule["type"] and places & {one["segment_id"] for one in flag["evidence"]}
            ),
            None,
        )
        if same is None:
            flags.append(dict(rule))
        elif SEVERITIES.index(rule["severity"]) > SEVERITIES.index(same["severity"]):
            same.update(severity=rule["severity"], negated=rule["negated"])
    return sorted(flags, key=lambda flag: -SEVERITIES.index(flag["severity"]))
