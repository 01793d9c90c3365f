"""Say what a sheet means for one swimmer: the result object, whose names older clients know, and its CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from service.kinds.heatsheets.links import PdfLink
from service.kinds.heatsheets.names import Match, Person, fullest, is_same_team, match, plain
from service.kinds.heatsheets.sheet import Row, Sheet, Swimmer
from service.kinds.heatsheets.times import clock

EVENT_FIELDS = (
    "eventNumber", "eventName", "heatNumber", "lane", "swimmerName", "age", "team", "seedTime", "finalTime",
    "place", "heatStartTime", "sessionDate",
)  # fmt: skip
SEVERAL = "Several swimmers on this sheet"
"""How the warning begins that nobody was taken because several people are called so."""
ABSENT = "is not on this sheet."
"""How the warning ends that the swimmer was not found."""
Event = dict[str, Any]


def people_of(sheet: Sheet) -> Iterator[Person]:
    """Yield everybody on a sheet, once for each swim, relay swimmers included."""
    for _, swimmer, team in _swims(sheet.rows):
        yield Person(swimmer.name, team, swimmer.age)


def outcome(sheet: Sheet, wanted: Person, day: str | None = None) -> dict[str, Any]:
    """Return the result of one sheet for one swimmer: the meet, its events, choices, warnings.

    `day` (ISO 8601) is that of events for which the sheet does not say one.
    """
    found = match(wanted, people_of(sheet))
    events = _events(sheet, found.forms, day)
    candidates = [
        {**fullest(forms).to_json(), "events": _events(sheet, forms, day)} for forms in found.candidates
    ]
    return {
        "swimmerName": wanted.name,
        "meetName": sheet.meet_name,
        "sessionDate": _session_date(sheet, events),
        "meetDateRange": sheet.date_range,
        "venue": sheet.venue,
        "events": events,
        "eventCount": len(events),
        "choices": [person.to_json() for person in found.choices],
        "candidates": candidates,
        "warnings": [*sheet.warnings, *_warnings(sheet, wanted, found, events)],
        "style": sheet.style,
        "pageCount": sheet.page_count,
        "rowCount": len(sheet.rows),
    }


def page_outcome(swimmer: str, filename: str, url: str, links: Sequence[PdfLink]) -> dict[str, Any]:
    """Return the result of an address that is a meet's page: no events, and the files to choose from."""
    count = f"{len(links)} file{'' if len(links) == 1 else 's'}"
    return {
        "resultCode": None,
        "swimmerName": swimmer,
        "filename": filename,
        "url": url,
        "meetName": None,
        "sessionDate": None,
        "meetDateRange": None,
        "venue": None,
        "events": [],
        "eventCount": 0,
        "choices": [],
        "warnings": [f"This address is a web page that links to {count}: choose which to read."],
        "style": "page",
        "links": [{"url": one.url, "label": one.label, "isLikely": one.is_likely} for one in links],
    }


def swimmers_of(sheet: Sheet) -> list[dict[str, Any]]:
    """Return everybody on a sheet once, by name: for completion while a name is typed."""
    return [person.to_json() for person in sorted(set(people_of(sheet)), key=_by_name)]


def events_csv(events: Iterable[Mapping[str, Any]]) -> str:
    """Return events as CSV with a head, CRLF (RFC 4180); what a spreadsheet could take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(EVENT_FIELDS)
    for event in events:
        writer.writerow([_cell(event.get(name)) for name in EVENT_FIELDS])
    return out.getvalue()


def _swims(rows: Sequence[Row]) -> Iterator[tuple[Row, Swimmer, str | None]]:
    """Yield each swim with who swims it and for which team."""
    clubs = _Clubs(rows)
    for row in rows:
        if row.name is not None:
            yield row, Swimmer(row.name, row.age), row.team
        for leg in row.legs:
            yield row, leg, clubs.of(leg, row.team)


class _Clubs:
    """Which club a relay's swimmers are from, on sheets that call clubs otherwise in relays (`WAT`, `Warriors`).

    Only where no single swimmer has the relay's team, and exactly one person has the name and age, is that
    person's team taken.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        has_legs = any(row.legs for row in rows)
        singles = [row for row in rows if row.name is not None] if has_legs else []
        teams = {row.team for row in singles if row.team}
        relays = {row.team for row in rows if row.legs and row.team}
        self._foreign = {
            team for team in relays if teams and not any(is_same_team(team, one) for one in teams)
        }
        self._people: dict[str, set[tuple[str | None, int | str | None]]] = {}
        for row in singles if self._foreign else ():
            self._people.setdefault(plain(row.name or ""), set()).add((row.team, row.age))

    def of(self, leg: Swimmer, team: str | None) -> str | None:
        """Return the team of a relay swimmer, whose relay swims as `team`."""
        if team not in self._foreign:
            return team
        fitting = [
            known
            for known, age in self._people.get(plain(leg.name), ())
            if None in (age, leg.age) or age == leg.age
        ]
        return fitting[0] if len(fitting) == 1 else team


def _events(sheet: Sheet, forms: frozenset[Person], day: str | None) -> list[Event]:
    return [
        _event(row, swimmer, team, row.session_date or day)
        for row, swimmer, team in _swims(sheet.rows)
        if Person(swimmer.name, team, swimmer.age) in forms
    ]


def _event(row: Row, swimmer: Swimmer, team: str | None, day: str | None) -> Event:
    return {
        "eventNumber": row.event_number,
        "eventName": row.event_name,
        "heatNumber": row.heat,
        "lane": row.lane,
        "swimmerName": swimmer.name,
        "age": swimmer.age,
        "team": team,
        "seedTime": row.seed,
        "finalTime": row.final,
        "place": row.place,
        "heatStartTime": None if row.starts_at is None else clock(row.starts_at),
        "heatStartTimeEstimated": row.is_estimated,
        "sessionDate": day,
    }


def _session_date(sheet: Sheet, events: Sequence[Event]) -> str | None:
    """Return the day of the swimmer's first event, else the first day that the sheet itself is about."""
    days = [day for event in events if (day := event["sessionDate"])]
    days = days or [row.session_date for row in sheet.rows if row.session_date]
    return min(days, default=None) or (sheet.first_day if sheet.last_day == sheet.first_day else None)


def _warnings(sheet: Sheet, wanted: Person, found: Match, events: Sequence[Event]) -> Iterator[str]:
    if found.is_ambiguous:
        yield f"{SEVERAL} are called {wanted.name}: choose one by team and age."
    elif not events:
        yield f"{wanted.name} {ABSENT}"
    else:
        estimated = sum(event["heatStartTimeEstimated"] for event in events)
        if estimated:
            yield f"{estimated} of the start times of {wanted.name} are estimates."
        undated = sum(event["sessionDate"] is None for event in events)
        if undated and sheet.style == "program":
            yield f"The day of {undated} events is not said on the sheet: choose session_date to say it."


def _cell(value: object) -> object:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _by_name(person: Person) -> tuple[str, str, str]:
    return person.name.casefold(), person.team or "", str(person.age)
