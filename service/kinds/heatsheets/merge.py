"""Merge what many sheets say about one swimmer: pure, from the outputs of a batch's jobs to one answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.kinds.heatsheets.names import Person, group, is_same_team
from service.kinds.heatsheets.times import read_clock

MAX_CHOICES = 20


@dataclass(frozen=True, slots=True)
class Source:
    """One job of a batch: its number as the client sees it (from 1), its file, its output (None: no result)."""

    sequence: int
    filename: str
    output: Mapping[str, Any] | None


def merge_results(
    swimmer: str,
    sources: Sequence[Source],
    *,
    calendar_url: str | None = None,
    team: str | None = None,
    age: str | int | None = None,
) -> dict[str, Any]:
    """Return the merged answer of API.md: events by day and time, each sheet's share, choices, warnings.

    If the sheets speak of several people of that name, none is taken for another: no events, and all as choices.
    """
    finished = [
        (source, source.output) for source in sorted(sources, key=lambda s: s.sequence) if source.output
    ]
    events = [
        {**event, "sourceSequence": source.sequence}
        for source, output in finished
        for event in output.get("events") or ()
        if _fits(event, team, age)
    ]
    people = group([_person(event) for event in _one_each(events)])
    warnings = _warnings(finished)
    choices = _choices(finished)
    if len(people) > 1:
        warnings.insert(0, f"The sheets name several swimmers {swimmer}: choose one by team and age.")
        heads = [max(forms, key=lambda one: (one.age is not None, len(one.team or ""))) for forms in people]
        choices = _unique([*(head.to_json() for head in heads), *choices])
        events = []
    return {
        "success": True,
        "swimmerName": swimmer,
        "totalEvents": len(events),
        "sources": [_source(source, output) for source, output in finished],
        "events": sorted(events, key=_when),
        "choices": choices[:MAX_CHOICES],
        "warnings": warnings,
        "calendarUrl": calendar_url,
    }


def _source(source: Source, output: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sequence": source.sequence,
        "filename": source.filename,
        "meetName": output.get("meetName"),
        "sessionDate": output.get("sessionDate"),
        "eventCount": len(output.get("events") or ()),
        "resultCode": output.get("resultCode"),
    }


def _fits(event: Mapping[str, Any], team: str | None, age: str | int | None) -> bool:
    printed = event.get("age")
    age_fits = age is None or printed is None or str(printed).upper() == str(age).upper()
    return age_fits and is_same_team(team, event.get("team"))


def _person(event: Mapping[str, Any]) -> Person:
    return Person(str(event.get("swimmerName") or ""), event.get("team"), event.get("age"))


def _one_each(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({_person(event): event for event in events}.values())


def _choices(finished: Sequence[tuple[Source, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    return _unique([choice for _, output in finished for choice in output.get("choices") or ()])


def _unique(choices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return list({(c.get("name"), c.get("team"), str(c.get("age"))): dict(c) for c in choices}.values())


def _warnings(finished: Sequence[tuple[Source, Mapping[str, Any]]]) -> list[str]:
    return [
        f"{source.filename}: {warning}" if len(finished) > 1 else str(warning)
        for source, output in finished
        for warning in output.get("warnings") or ()
    ]


def _when(event: Mapping[str, Any]) -> tuple[Any, ...]:
    minutes = read_clock(str(event.get("heatStartTime") or ""))
    number = event.get("eventNumber")
    return (
        event.get("sessionDate") or "9999",
        minutes if minutes is not None else 24 * 60,
        event["sourceSequence"],
        number if isinstance(number, int) else 10_000,
        event.get("heatNumber") or 0,
    )
