"""Put a swimmer's events into an iCalendar file (RFC 5545), and say which could not be put there."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from service.kinds.heatsheets.times import read_clock

_GROUP = re.compile(
    r"^(?:girls?|boys?|(?:wo)?men(?:'?s)?|mixed|(?:fe)?male|open)\s+|"
    r"\b\d{1,3}\s*(?:&|and)\s*(?:under|over|u|o)\b|\b\d{1,2}\s*-\s*\d{1,3}\b(?!\s*(?:yard|meter|metre))|\b\d{1,2}\+|"
    r"\b(?:yards?|(?:sc|lc)\s+met(?:er|re)s?|met(?:er|re)s?|scy|scm|lcm|open|senior)\b",
    re.IGNORECASE,
)
_SHORT = (
    (re.compile(r"\bfreestyle\b", re.IGNORECASE), "Free"),
    (re.compile(r"\bbackstroke\b", re.IGNORECASE), "Back"),
    (re.compile(r"\bbreaststroke\b", re.IGNORECASE), "Breast"),
    (re.compile(r"\bbutterfly\b", re.IGNORECASE), "Fly"),
    (re.compile(r"\bindividual medley\b", re.IGNORECASE), "IM"),
)


@dataclass(frozen=True, slots=True)
class CalendarChoices:
    """How a calendar is made: `zone` is an IANA name, None gives times that hold wherever the reader is."""

    zone: str | None = None
    alarm_minutes: int | None = 10
    length_minutes: int = 10
    venue: str | None = None
    meet_name: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """The file, how many events are in it, and how many have no day or no time and are not."""

    content: bytes
    event_count: int
    left_out: int


def short_event(name: str) -> str:
    """Return an event's name for a small screen: `Girls 11-12 100 Yard Freestyle` becomes `100 Free`."""
    short = " ".join(_GROUP.sub(" ", name).split())
    for pattern, word in _SHORT:
        short = pattern.sub(word, short)
    return short or name


def event_title(event: Mapping[str, Any]) -> str:
    """Return the title of one event, as in `Ada Li - E12 H3 L4 - 100 Free`; what is not known is left out."""
    pairs = (("E", "eventNumber"), ("H", "heatNumber"), ("L", "lane"))
    place = " ".join(f"{letter}{event[key]}" for letter, key in pairs if event.get(key) is not None)
    parts = (str(event.get("swimmerName") or ""), place, short_event(str(event.get("eventName") or "")))
    return " - ".join(part for part in parts if part)


def make_calendar(
    events: Iterable[Mapping[str, Any]], choices: CalendarChoices, code: str, now: datetime
) -> CalendarFile:
    """Return a calendar of the events that have a day and a time. `code` keeps the entries' UIDs the same.

    Events of several meets say their own `meetName` and `venue`, and have an `eventKey` that stays the same.
    """
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Nowserving//heatsheets//EN")
    calendar.add("version", "2.0")
    if choices.meet_name:
        calendar.add("x-wr-calname", choices.meet_name)
    zone: tzinfo | None = ZoneInfo(choices.zone) if choices.zone else None
    left_out = 0
    for number, event in enumerate(events, 1):
        starts_at = event_start(event)
        if starts_at is None:
            left_out += 1
            continue
        entry = icalendar.Event()
        entry.add("uid", f"{code}-{event.get('eventKey') or number}@nowserving")
        entry.add("dtstamp", now.astimezone(UTC))
        entry.add("summary", event_title(event))
        entry.add("dtstart", starts_at.replace(tzinfo=zone))
        entry.add("dtend", (starts_at + timedelta(minutes=choices.length_minutes)).replace(tzinfo=zone))
        entry.add("description", "\n".join(_description(event, choices)))
        if venue := event.get("venue") or choices.venue:
            entry.add("location", venue)
        if choices.alarm_minutes is not None:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", event_title(event))
            alarm.add("trigger", timedelta(minutes=-choices.alarm_minutes))
            entry.add_component(alarm)
        calendar.add_component(entry)
    count = len(calendar.subcomponents)
    if left_out:
        said = f"{left_out} of {count + left_out} events have no day or no start time and are not in this calendar."
        calendar.add("x-wr-caldesc", said)
    if count and zone is not None:
        calendar.add_missing_timezones()
    return CalendarFile(calendar.to_ical(), count, left_out)


def event_start(event: Mapping[str, Any]) -> datetime | None:
    """Return the local day and time of an event, or None when either is not known."""
    minutes = read_clock(str(event.get("heatStartTime") or ""))
    try:
        day = date.fromisoformat(str(event.get("sessionDate") or ""))
    except ValueError:
        return None
    if minutes is None:
        return None
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001  # local wall clock: the zone is the reader's choice


def _description(event: Mapping[str, Any], choices: CalendarChoices) -> Iterable[str]:
    if meet_name := event.get("meetName") or choices.meet_name:
        yield meet_name
    yield str(event.get("eventName") or "")
    if event.get("seedTime"):
        yield f"Seed {event['seedTime']}"
    if event.get("team"):
        yield str(event["team"])
    if event.get("heatStartTimeEstimated"):
        yield "The start time is an estimate."
