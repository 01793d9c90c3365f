"""The `heatsheets` kind as the service sees it: its name, its args, its words; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from service.kinds.base import Dialect, JobContext, Kind, Limits
from service.model.artifacts import Input

MIB = 1024 * 1024
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


def check_day(day: str | None) -> None:
    """Raise ValidationError unless `day` is a date in ISO 8601."""
    try:
        date.fromisoformat(day or "2025-01-01")
    except ValueError as error:
        raise ValidationError("Give the day as 2025-11-08.") from error


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
        metadata={"title": "Length of an entry (minutes)"},
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


class HeatsheetsKind(Kind):
    """Finds a swimmer's events in a meet's program, psych sheet, results or HY3 file."""

    name: ClassVar[str] = "heatsheets"
    title: ClassVar[str] = "Find a swimmer"
    description: ClassVar[str] = "When does my swimmer swim?"
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = (".pdf", ".hy3")
    min_files: ClassVar[int] = 1
    max_files: ClassVar[int] = 1
    Args: ClassVar[type[Schema] | None] = HeatsheetsArgs
    is_cacheable: ClassVar[bool] = True
    typical_seconds: ClassVar[float] = 1.0
    limits: ClassVar[Limits] = Limits(wall_seconds=1800, memory_bytes=2048 * MIB, artifact_bytes=256 * MIB)
    requires: ClassVar[Sequence[str]] = ("pypdfium2", "rapidfuzz", "icalendar")

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Read the sheet and find the swimmer; returns the result object of docs/kinds/heatsheets.md."""
        from service.kinds.heatsheets.pipeline import find_swimmer

        return find_swimmer(job)

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return `Ada Li in heats.pdf`."""
        where = f" in {inputs[0].name}" if inputs else ""
        return f"{args.get('swimmer', self.title)}{where}"

    def dialect(self) -> Dialect:
        """Return the words of the batch stream of `heatsheets`."""
        from service.kinds.heatsheets.dialect import heatsheets_dialect

        return heatsheets_dialect
