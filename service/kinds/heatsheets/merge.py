"""Merge what many sheets say about one swimmer: pure, from the outputs of a batch's jobs to one answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.kinds.heatsheets.names import Person, fullest, group, is_same_team
from service.kinds.heatsheets.outcome import ABSENT, SEVERAL
from service.kinds.heatsheets.times import read_clock

MAX_CHOICES = 20


@dataclass(frozen=True, slots=True)
class Source:
    """One job of a batch: its number as the client sees it (from 1), its file, its output (None: no result)."""

    sequence: int
    filename: str
    output: Mapping[str, Any] | None


Finished = Sequence[tuple[Source, Mapping[str, Any]]]


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
    A file that came twice counts once. `links` are those of meet pages. `eventKey` is `SEQUENCE.NUMBER`.
    """
    everything = [
        (source, source.output) for source in sorted(sources, key=lambda s: s.sequence) if source.output
    ]
    first_of = _first_of_each_content(everything)
    finished = [pair for pair in everything if first_of[pair[0].sequence] == pair[0].sequence]
    events = [
        {**event, "sourceSequence": source.sequence, "eventKey": f"{source.sequence}.{number}"}
        for source, output in finished
        for number, event in enumerate(_all_events(output), 1)
        if _fits(event, team, age)
    ]
    people = group(list({_person(event) for event in sorted(events, key=_when)}))
    is_settled = team is not None or age is not None
    warnings = [
        *_warnings(finished, is_settled=is_settled, is_found=bool(events)),
        *_repeated(everything, first_of),
    ]
    choices = _choices(finished)
    candidates: list[dict[str, Any]] = []
    if len(people) > 1:
        warnings.insert(0, f"The sheets name several swimmers {swimmer}: choose one by team and age.")
        candidates = _candidates(people, events)
        choices = _unique([*candidates, *choices])
        events = []
    return {
        "success": True,
        "swimmerName": swimmer,
        "totalEvents": len(events),
        "sources": [source_of_result(source, output) for source, output in everything],
        "events": sorted(events, key=_when),
        "choices": choices[:MAX_CHOICES],
        "candidates": candidates,
        "links": _links(finished),
        "warnings": warnings,
        "calendarUrl": calendar_url if events else None,
    }


def source_of_result(source: Source, output: Mapping[str, Any]) -> dict[str, Any]:
    """Return what one sheet has given, as `sources` of the merged answer has it."""
    return {
        "sequence": source.sequence,
        "filename": source.filename,
        "meetName": output.get("meetName"),
        "sessionDate": output.get("sessionDate"),
        "eventCount": len(output.get("events") or ()),
        "resultCode": output.get("resultCode"),
    }


def _first_of_each_content(finished: Finished) -> dict[int, int]:
    """Return for each sequence that of the first source with the same content."""
    first: dict[str, int] = {}
    return {
        source.sequence: first.setdefault(output.get("sha256") or f"#{source.sequence}", source.sequence)
        for source, output in finished
    }


def _repeated(finished: Finished, first_of: Mapping[int, int]) -> list[str]:
    names = {source.sequence: source.filename for source, _ in finished}
    return [
        f"{name} (number {sequence}) is the same file as number {first_of[sequence]}: its events count once."
        for sequence, name in names.items()
        if first_of[sequence] != sequence
    ]


def _links(finished: Finished) -> list[dict[str, Any]]:
    found = {link["url"]: dict(link) for _, output in finished for link in output.get("links") or ()}
    return list(found.values())


def _fits(event: Mapping[str, Any], team: str | None, age: str | int | None) -> bool:
    printed = event.get("age")
    age_fits = age is None or printed is None or str(printed).upper() == str(age).upper()
    return age_fits and is_same_team(team, event.get("team"))


def _person(event: Mapping[str, Any]) -> Person:
    return Person(str(event.get("swimmerName") or ""), event.get("team"), event.get("age"))


def _all_events(output: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a sheet, those of people whom it could not tell apart included."""
    yield from output.get("events") or ()
    for candidate in output.get("candidates") or ():
        yield from candidate["events"]


def _candidates(
    people: Sequence[Sequence[Person]], events: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return each person with the events that are theirs, in the order of their first swims."""
    candidates = [
        {
            **fullest(forms).to_json(),
            "events": sorted((event for event in events if _person(event) in forms), key=_when),
        }
        for forms in people
    ]
    return sorted(candidates, key=lambda one: _when(one["events"][0]))


def _choices(finished: Finished) -> list[dict[str, Any]]:
    return _unique([choice for _, output in finished for choice in output.get("choices") or ()])


def _unique(choices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    keys = ("name", "team", "age")
    return list(
        {tuple(str(c.get(key)) for key in keys): {key: c.get(key) for key in keys} for c in choices}.values()
    )


def _warnings(finished: Finished, *, is_settled: bool, is_found: bool) -> list[str]:
    """Return the sheets' warnings; what one says of several swimmers is over once somebody has chosen.

    That the swimmer is not on one sheet is worth a warning only when they are on none: `sources` has the counts.
    """
    return [
        f"{source.filename}: {warning}" if len(finished) > 1 else str(warning)
        for source, output in finished
        for warning in output.get("warnings") or ()
        if not (is_settled and str(warning).startswith(SEVERAL))
        and not (is_found and str(warning).endswith(ABSENT))
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
