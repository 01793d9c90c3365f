"""What an exported session says, in order, whatever the file: headings, lines and points."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from service.kinds.sessions.transcript import Transcript, clock

Sort = Literal["heading", "line", "point", "quote", "speech", "warning"]
_MOODS: Final[Mapping[str, str]] = {
    "very_low": "very low", "low": "low", "neutral": "even", "positive": "good", "very_positive": "very good",
}  # fmt: skip
_LISTS: Final = (
    ("key_topics", "Topics", "topic"),
    ("emotional_themes", "Feelings", "theme"),
    ("strategies", "Ways of coping", "strategy"),
    ("triggers", "Triggers", "trigger"),
    ("unresolved_concerns", "Left open", "concern"),
    ("follow_up_topics", "To be taken up again", "topic"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph. `level` is that of a heading; `lead` stands out before the text (a speaker, a sort of risk)."""

    sort: Sort
    text: str
    lead: str | None = None
    level: int = 2
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A session to be exported; `notes` are those that its reader may see, or None."""

    title: str
    created_at: float
    transcript: Transcript
    notes: Mapping[str, Any] | None

    @property
    def day(self) -> str:
        """The day of the session as YYYY-MM-DD, UTC."""
        return time.strftime("%Y-%m-%d", time.gmtime(self.created_at))

    def facts(self) -> str:
        """Return the line under the title."""
        names = ", ".join(self.transcript.speakers.values())
        parts = [self.day, clock(self.transcript.duration_seconds), names]
        return " · ".join(part for part in parts if part)

    def pieces(self) -> Iterator[Piece]:
        """Yield everything under the title."""
        if self.transcript.draft:
            yield Piece(
                "warning", f"Draft by {self.transcript.engine}: a machine wrote this transcript, unread."
            )
        if self.notes is not None:
            yield from self._noted(self.notes)
        yield Piece("heading", "Transcript")
        for segment in self.transcript.segments:
            if segment.text:
                yield Piece(
                    "speech", segment.text, self.transcript.name_of(segment.speaker), at=segment.start
                )

    def _noted(self, notes: Mapping[str, Any]) -> Iterator[Piece]:
        yield from self._risks(notes)
        if notes.get("hint"):
            yield Piece("warning", "Made by rules from the words alone: hints, not an assessment.")
        yield from _lines(notes, "topic_summary", "Summary")
        yield from _lines(notes, "therapist_notes", "Notes for the therapist")
        if notes.get("session_mood"):
            yield Piece("heading", "Mood")
            yield Piece("line", f"{_MOODS[notes['session_mood']].capitalize()}; {notes['mood_trajectory']}.")
        yield from self._tasks(notes)
        for name, heading, key in _LISTS:
            yield from self._listed(notes.get(name) or (), heading, key)
        if notes.get("significant_quotes"):
            yield Piece("heading", "Quotes")
        for quote in notes.get("significant_quotes") or ():
            yield self._quote(quote["quote"], quote.get("speaker"), quote["timestamp_start"])
        yield from _lines(notes, "patient_summary", "Summary for the patient")

    def _risks(self, notes: Mapping[str, Any]) -> Iterator[Piece]:
        if notes.get("risk_flags"):
            yield Piece("heading", "To be looked at first")
        for flag in notes.get("risk_flags") or ():
            yield Piece("point", _about(flag), flag["type"].replace("_", " "))
            yield from self._evidence(flag)

    def _tasks(self, notes: Mapping[str, Any]) -> Iterator[Piece]:
        if notes.get("action_items"):
            yield Piece("heading", "Action items")
        for item in notes.get("action_items") or ():
            yield Piece("point", _task(item))
            yield from self._evidence(item)

    def _listed(self, found: Sequence[Mapping[str, Any]], heading: str, key: str) -> Iterator[Piece]:
        if found:
            yield Piece("heading", heading)
        for one in found:
            status = f" ({one['status']})" if "status" in one else ""
            yield Piece("point", f"{one[key]}{status}")
            if one["evidence"] and one["evidence"][0]["quote"] != one[key]:
                yield from self._evidence(one, most=1)

    def _evidence(self, found: Mapping[str, Any], most: int = 3) -> Iterator[Piece]:
        for one in found["evidence"][:most]:
            yield self._quote(one["quote"], one.get("speaker"), one["start"])

    def _quote(self, words: str, speaker: str | None, at: float) -> Piece:
        return Piece("quote", words, self.transcript.name_of(speaker), at=at)


def _lines(notes: Mapping[str, Any], name: str, heading: str) -> Iterator[Piece]:
    if notes.get(name):
        yield Piece("heading", heading)
        yield from (Piece("line", line) for line in notes[name].splitlines() if line.strip())


def _about(flag: Mapping[str, Any]) -> str:
    said = [flag["severity"]]
    if flag["negated"]:
        said.append("denied")
    if flag["about"] == "other":
        said.append("about somebody else")
    if not flag["verified"]:
        said.append("words not found in the transcript")
    return ", ".join(said)


def _task(item: Mapping[str, Any]) -> str:
    more = [item["due"]] if item.get("due") and item["due"].lower() not in item["task"].lower() else []
    if item.get("owner") in ("therapist", "both"):
        more.append({"therapist": "therapist", "both": "together"}[item["owner"]])
    return f"{item['task']} ({', '.join(more)})" if more else str(item["task"])
