"""A transcript as people left it: what the job wrote, with the changes of the book laid over it. Pure functions."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from service.kinds.sessions.book import Change, Pages
from service.kinds.sessions.reading.turns import clean
from service.kinds.sessions.transcript import Segment, Transcript
from service.model.errors import DeskError, FieldError

MAX_NAME: Final = 100
MAX_SPEAKERS: Final = 64
NO_SPEAKER: Final = ""  # in the book: a person said that nobody known speaks here


@dataclass(frozen=True, slots=True)
class Edited:
    """A transcript with its changes. `originals` has, by segment, what was changed and how it was before."""

    transcript: Transcript
    originals: Mapping[str, Mapping[str, Any]]
    revision: int


def edited(written: Transcript, pages: Pages) -> Edited:
    """Return a transcript with the changes that belong to it.

    A change whose original is not what the job wrote is of an earlier transcript (before a retry) and stays in the
    history alone.
    """
    originals: dict[str, dict[str, Any]] = {}
    segments = tuple(_edited(segment, pages, originals) for segment in written.segments)
    names = dict(written.speakers)
    for (what, key), change in pages.latest.items():
        if what == "name" and change.after is not None:
            names[key] = change.after
    for segment in segments:  # a speaker whom a person has added
        if segment.speaker is not None:
            names.setdefault(segment.speaker, segment.speaker)
    return Edited(replace(written, segments=segments, speakers=names), originals, pages.revision)


def changes_of(written: Transcript, edits: Sequence[Mapping[str, Any]]) -> Callable[[Pages], list[Change]]:
    """Return what makes changes of a person's edits (`{id, text?, speaker?, restore?}`) and the present pages.

    Raises DeskError `segment_not_found` for an id that the transcript does not have.
    """
    by_id = {segment.id: segment for segment in written.segments}
    for number, edit in enumerate(edits):
        if edit["id"] not in by_id:
            raise DeskError(
                "segment_not_found",
                f"The transcript has no segment {edit['id'][:40]!r}.",
                errors=[FieldError(f"/edits/{number}/id", "No segment has this id.")],
            )

    def make(pages: Pages) -> list[Change]:
        present = {segment.id: segment for segment in edited(written, pages).transcript.segments}
        made: list[Change] = []
        for edit in edits:
            made += _changes(by_id[edit["id"]], present[edit["id"]], edit)
        return made

    return make


def names_of(written: Transcript, names: Mapping[str, str]) -> Callable[[Pages], list[Change]]:
    """Return what makes changes of names by speaker's key; an empty name is the one that the job gave."""

    def make(pages: Pages) -> list[Change]:
        known = edited(written, pages).transcript.speakers
        made = []
        for number, (key, given) in enumerate(names.items()):
            if key not in known and (len(known) + number >= MAX_SPEAKERS or not _is_key(key)):
                raise DeskError(
                    "invalid",
                    f"The session has no speaker {key[:40]!r}.",
                    errors=[FieldError("/speakers", "Keys are those of the session's speakers.")],
                )
            name = clean(unicodedata.normalize("NFC", given))[:MAX_NAME]
            before, original = known.get(key), written.speakers.get(key)
            after = name or None
            if (after or original) != before:
                made.append(Change("name", key, before, after, original))
        return made

    return make


def _edited(segment: Segment, pages: Pages, originals: dict[str, dict[str, Any]]) -> Segment:
    now = segment
    text = pages.latest.get(("text", segment.id))
    if text is not None and text.after is not None and text.original == segment.text:
        now = replace(now, text=text.after, confidence=None)
        originals.setdefault(segment.id, {})["text"] = segment.text
    speaker = pages.latest.get(("speaker", segment.id))
    if speaker is not None and speaker.after is not None and speaker.original == segment.speaker:
        now = replace(now, speaker=speaker.after or None)
        originals.setdefault(segment.id, {})["speaker"] = segment.speaker
    return now


def _changes(written: Segment, present: Segment, edit: Mapping[str, Any]) -> list[Change]:
    if edit.get("restore"):
        made = (
            [Change("text", written.id, present.text, None, written.text)]
            if present.text != written.text
            else []
        )
        if present.speaker != written.speaker:
            made.append(Change("speaker", written.id, present.speaker, None, written.speaker))
        return made
    made = []
    if "text" in edit:
        text = clean(edit["text"])
        if text != present.text:
            after = None if text == written.text else text
            made.append(Change("text", written.id, present.text, after, written.text))
    if "speaker" in edit:
        speaker = edit["speaker"] or None
        if speaker is not None and not _is_key(speaker):
            raise DeskError(
                "invalid",
                "A speaker is named by its key.",
                errors=[FieldError("/edits", "Keys are S1, S2, …")],
            )
        if speaker != present.speaker:
            after = None if speaker == written.speaker else speaker or NO_SPEAKER
            made.append(Change("speaker", written.id, present.speaker, after, written.speaker))
    return made


def _is_key(key: str) -> bool:
    return (
        key[:1] == "S" and key[1:].isascii() and key[1:].isdigit() and 1 <= int(key[1:][:4]) <= MAX_SPEAKERS
    )
