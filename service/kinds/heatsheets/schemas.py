"""What goes in and out at this kind's own paths, for checking and for the OpenAPI document."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from service.kinds.heatsheets.args import (
    ALARMS_MINUTES,
    AgeField,
    HeatsheetsArgs,
    check_address,
    check_day,
    check_name,
    check_zone,
)

MAX_URLS = 1000
_STATUSES = ("pending", "processing", "completed", "partial", "failed", "cancelled")
_ADDRESSES = fields.List(
    fields.String(validate=check_address), load_default=list, validate=validate.Length(max=MAX_URLS)
)


class _Strict(Schema):
    class Meta:
        """Unknown fields are mistakes that should be heard of."""

        unknown = RAISE


class Extract(HeatsheetsArgs):
    """Whom to look for and where: the args of the kind, and addresses; files come in a form."""

    class Meta:
        """An address stands in the list."""

        unknown = RAISE
        exclude = ("url",)

    urls = _ADDRESSES


class ExtractForm(Schema):
    """Whom to look for and where: files, and addresses as a JSON list."""

    swimmer = fields.String(required=True)
    pdfs = fields.List(fields.Raw(metadata={"type": "string", "format": "binary"}))
    urls = fields.String(
        metadata={"contentMediaType": "application/json", "description": "JSON list of addresses"}
    )
    team = fields.String()
    age = fields.String()
    zone = fields.String()
    alarm_minutes = fields.String(metadata={"description": "5, 10, 15 or none"})
    length_minutes = fields.Integer()
    session_date = fields.String()
    date_order = fields.String()


class Again(_Strict):
    """Another swimmer, or one of the choices, on the same sheets; `urls` replace the addresses of meet pages."""

    swimmer = fields.String(required=True, validate=[validate.Length(min=2, max=120), check_name])
    team = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))
    age = AgeField(load_default=None, allow_none=True, validate=validate.Length(max=4))
    urls = _ADDRESSES


class SheetJob(Schema):
    """One sheet of a batch that was accepted."""

    jobId = fields.String(required=True)  # noqa: N815 (the older service's own words, here and below)
    sequence = fields.Integer(required=True)
    filename = fields.String(required=True)
    duplicateOf = fields.Integer(required=True, allow_none=True)  # noqa: N815


class SheetsAccepted(Schema):
    """A batch that was accepted."""

    success = fields.Boolean(required=True)
    batchId = fields.String(required=True)  # noqa: N815
    totalJobs = fields.Integer(required=True)  # noqa: N815
    swimmerName = fields.String(required=True)  # noqa: N815
    batchUrl = fields.String(required=True)  # noqa: N815
    streamUrl = fields.String(required=True)  # noqa: N815
    resultsUrl = fields.String(required=True)  # noqa: N815
    jobs = fields.List(fields.Nested(SheetJob), required=True)


class SheetJobState(SheetJob):
    """How far one sheet of a batch is."""

    url = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    position = fields.Integer(required=True, allow_none=True)
    progressPercent = fields.Float(required=True)  # noqa: N815
    progressMessage = fields.String(required=True, allow_none=True)  # noqa: N815
    resultCode = fields.String(required=True, allow_none=True)  # noqa: N815
    eventCount = fields.Integer(required=True, allow_none=True)  # noqa: N815
    meetName = fields.String(required=True, allow_none=True)  # noqa: N815
    cached = fields.Boolean(required=True)
    errorCode = fields.String(required=True, allow_none=True)  # noqa: N815
    errorMessage = fields.String(required=True, allow_none=True)  # noqa: N815
    remediation = fields.String(required=True, allow_none=True)


class SheetsBatch(SheetsAccepted):
    """A batch with its jobs (those that a retry replaced are left out)."""

    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    completedJobs = fields.Integer(required=True)  # noqa: N815
    failedJobs = fields.Integer(required=True)  # noqa: N815
    cancelledJobs = fields.Integer(required=True)  # noqa: N815
    createdAt = fields.DateTime(required=True)  # noqa: N815
    finishedAt = fields.DateTime(required=True, allow_none=True)  # noqa: N815
    jobs = fields.List(fields.Nested(SheetJobState), required=True)


class Choice(Schema):
    """Somebody who may be meant."""

    name = fields.String(required=True)
    team = fields.String(required=True, allow_none=True)
    age = fields.Raw(required=True, allow_none=True)


class SwimmersOut(Schema):
    """People on the sheets that were read, by name."""

    success = fields.Boolean(required=True)
    swimmers = fields.List(fields.Nested(Choice), required=True)


class SheetSource(Schema):
    """What one sheet has given."""

    sequence = fields.Integer(required=True)
    filename = fields.String(required=True)
    meetName = fields.String(required=True, allow_none=True)  # noqa: N815
    sessionDate = fields.String(required=True, allow_none=True)  # noqa: N815
    eventCount = fields.Integer(required=True)  # noqa: N815
    resultCode = fields.String(required=True, allow_none=True)  # noqa: N815


class SheetFailure(Schema):
    """A sheet that gave nothing, and why."""

    sequence = fields.Integer(required=True)
    filename = fields.String(required=True)
    errorCode = fields.String(required=True)  # noqa: N815
    errorMessage = fields.String(required=True)  # noqa: N815


class Candidate(Choice):
    """Somebody of that name, with the events that would be theirs."""

    events = fields.List(fields.Dict(), required=True)


class PageLink(Schema):
    """A file that a meet's page links to."""

    url = fields.String(required=True)
    label = fields.String(required=True)
    isLikely = fields.Boolean(required=True)  # noqa: N815


class MergedResults(Schema):
    """The swimmer's events over all sheets of a batch, as far as they have been read."""

    success = fields.Boolean(required=True)
    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    swimmerName = fields.String(required=True)  # noqa: N815
    totalEvents = fields.Integer(required=True)  # noqa: N815
    sources = fields.List(fields.Nested(SheetSource), required=True)
    events = fields.List(fields.Dict(), required=True)
    choices = fields.List(fields.Nested(Choice), required=True)
    candidates = fields.List(fields.Nested(Candidate), required=True)
    links = fields.List(fields.Nested(PageLink), required=True)
    failures = fields.List(fields.Nested(SheetFailure), required=True)
    warnings = fields.List(fields.String(), required=True)
    calendarUrl = fields.String(required=True, allow_none=True)  # noqa: N815
    csvUrl = fields.String(required=True, allow_none=True)  # noqa: N815


class OpenedResult(Schema):
    """One sheet's result: that of the job, with where it came from for those who may see that."""

    class Meta:
        """The job's output has more."""

        unknown = "include"

    success = fields.Boolean(required=True)
    resultCode = fields.String(required=True)  # noqa: N815
    swimmerName = fields.String(required=True)  # noqa: N815
    events = fields.List(fields.Dict(), required=True)
    jobId = fields.String(required=True, allow_none=True)  # noqa: N815
    batchId = fields.String(required=True, allow_none=True)  # noqa: N815
    finishedAt = fields.DateTime(required=True)  # noqa: N815
    calendarUrl = fields.String(required=True, allow_none=True)  # noqa: N815
    csvUrl = fields.String(required=True, allow_none=True)  # noqa: N815


class SwimmersQuery(_Strict):
    """What has been typed of a name."""

    q = fields.String(required=True, validate=validate.Length(1, 120))
    limit = fields.Integer(load_default=12, validate=validate.Range(1, 50))


class AlarmField(fields.Field[Any]):
    """5, 10 or 15 minutes, or `none`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | str:
        if value == "none" or value in map(str, ALARMS_MINUTES):
            return value if value == "none" else int(value)
        raise ValidationError("Must be 5, 10, 15 or none.")


def _check_zone_or_floating(zone: str) -> None:
    if zone != "floating":
        check_zone(zone)


class EventsQuery(_Strict):
    """Which events; all when it is left out."""

    events = fields.List(
        fields.String(validate=validate.Regexp(r"^\d{1,6}\.\d{1,6}\Z", error="Not an eventKey.")),
        load_default=list,
        metadata={"description": "`eventKey`s of the merged results, repeated or separated by commas."},
    )


class CalendarQuery(EventsQuery):
    """How the calendar is made; what is left out is as the batch has it."""

    zone = fields.String(
        validate=_check_zone_or_floating, metadata={"description": "IANA name; `floating` for none"}
    )
    alarm = AlarmField(metadata={"type": "string", "enum": ["5", "10", "15", "none"]})
    length_minutes = fields.Integer(validate=validate.Range(1, 240))
    session_date = fields.String(
        validate=check_day, metadata={"description": "Day of the events for which the sheets say none"}
    )
