"""What settings and findings look like, for the OpenAPI document."""

from marshmallow import fields, validate

from service.http.answer_schemas import maybe, some
from service.http.schemas import Strict


class SettingOut(Strict):
    """One setting in force."""

    value = maybe(fields.Raw)
    origin = some(fields.String, "default, the settings file, an environment variable or a flag")


class SettingsOut(Strict):
    """Every setting in force."""

    version = some(fields.String)
    file = maybe(fields.String, "The settings file that was read")
    settings = fields.Dict(keys=fields.String(), values=fields.Nested(SettingOut), required=True)
    ignored = fields.List(
        fields.String(), required=True, metadata={"description": "Names that are no settings"}
    )


class FindingOut(Strict):
    """One thing that was looked at."""

    name = some(fields.String)
    status = some(fields.String, validate=validate.OneOf(("ok", "warn", "fail")))
    detail = some(fields.String)
    remediation = maybe(fields.String)


class DoctorOut(Strict):
    """What the doctor finds; not ok when something keeps the desk from working."""

    ok = some(fields.Boolean)
    checks = fields.List(fields.Nested(FindingOut), required=True)
