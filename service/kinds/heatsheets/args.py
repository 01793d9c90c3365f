"""What a job of this kind is told, and how each of it is checked."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from service.kinds.fetching import checked_url
from service.model.artifacts import safe_name
from service.model.errors import JobError

ALARMS_MINUTES = (5, 10, 15)


class AgeField(fields.String):
    """An age in years or a school year; a number in JSON is as good as a string."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return super()._deserialize(value, attr, data, **kwargs)


def check_name(name: str) -> None:
    """Raise ValidationError unless a name has a letter in it."""
    if not any(letter.isalpha() for letter in name):
        raise ValidationError("Give the swimmer's name.")


def check_zone(zone: str | None) -> None:
    """Raise ValidationError unless `zone` is an IANA time zone that is known here."""
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(f"Unknown time zone {zone!r}: take a name such as America/New_York.") from error


def check_address(url: str | None) -> None:
    """Raise ValidationError unless `url` is an http(s) address; whether it may be asked is for the download to say."""
    try:
        checked_url(url or "http://example.org/")
    except JobError as error:
        raise ValidationError(error.message) from error


def check_day(day: str | None) -> None:
    """Raise ValidationError unless `day` is a date in ISO 8601."""
    try:
        date.fromisoformat(day or "2025-01-01")
    except ValueError as error:
        raise ValidationError("Give the day as 2025-11-08.") from error


def name_of_address(url: str | None) -> str:
    """Return the last part of an address's path, else its host; empty for none."""
    if not url:
        return ""
    parts = urlsplit(url)
    return safe_name(unquote(parts.path), parts.hostname or "")


class HeatsheetsArgs(Schema):
    """Whom to look for, and how the calendar is to be made. An empty field of a form is one that was left out."""

    @pre_load
    def drop_empty(self, values: Any, **kwargs: Any) -> Any:
        """Leave out what is an empty string."""
        return {k: v for k, v in values.items() if v != ""} if isinstance(values, Mapping) else values

    swimmer = fields.String(
        required=True,
        validate=[validate.Length(min=2, max=120), check_name],
        metadata={"title": "Swimmer", "description": "First Last or Last, First"},
    )
    team = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=120),
        metadata={"title": "Team", "description": "Tells apart swimmers of one name"},
    )
    age = AgeField(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=4),
        metadata={"title": "Age", "description": "Tells apart swimmers of one name; years, or FR SO JR SR"},
    )
    zone = fields.String(
        load_default=None,
        allow_none=True,
        validate=check_zone,
        metadata={
            "title": "Time zone",
            "description": "IANA name of the pool's zone; none: times as on the wall",
        },
    )
    alarm_minutes = fields.Integer(
        load_default=10,
        allow_none=True,
        validate=validate.OneOf(ALARMS_MINUTES),
        metadata={"title": "Alarm (minutes before)", "description": "5, 10 or 15; null for none"},
    )
    length_minutes = fields.Integer(
        load_default=10,
        validate=validate.Range(min=1, max=240),
        metadata={"title": "Length (minutes)", "description": "How long an entry in the calendar is"},
    )
    session_date = fields.String(
        load_default=None,
        allow_none=True,
        validate=check_day,
        metadata={
            "title": "Day",
            "description": "Day of the events for which the sheet does not say it (2025-11-08)",
        },
    )
    date_order = fields.String(
        load_default="auto",
        validate=validate.OneOf(("auto", "mdy", "dmy")),
        metadata={"title": "Dates", "description": "How 11/8 is to be read; auto decides from the sheet"},
    )
    url = fields.String(
        load_default=None,
        allow_none=True,
        validate=check_address,
        metadata={"title": "Address", "description": "Of a PDF or a meet's page, instead of a file"},
    )
