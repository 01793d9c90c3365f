"""What requests and answers about accounts look like."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from service.http.schemas import Strict
from service.model.accounts import Role

MAX_WHO_LENGTH: Final = 200
_ROLES = [str(role) for role in Role]


def _who(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, MAX_WHO_LENGTH), **more)


def _present_password(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(0, MAX_LENGTH), metadata={"format": "password"}, **more)


def _new_password(**more: Any) -> fields.String:
    said = {"format": "password", "minLength": MIN_LENGTH, "maxLength": MAX_LENGTH}
    return fields.String(metadata=said, **more)


class Login(Strict):
    """A name (`username` or `name`) and a password."""

    username = _who()
    name = _who()
    password = _present_password(required=True)

    @validates_schema
    def has_one_name(self, given: dict[str, Any], **_: Any) -> None:
        """Refuse none and two."""
        if ("username" in given) == ("name" in given):
            raise ValidationError("Give one of username and name.", "username")


class Refresh(Strict):
    """A refresh token; browsers send theirs as a cookie and leave it out."""

    refresh_token = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 1000))


class Logout(Refresh):
    """Which login ends: the one that asks, or all of that person."""

    everywhere = fields.Boolean(load_default=False)


class NewPassword(Strict):
    """The present password and the next."""

    password = _present_password(required=True)
    new_password = _new_password(required=True)


class NewToken(Strict):
    """An API token to be made; without `expires_in_days` it stays until it is removed."""

    name = fields.String(required=True, validate=validate.Length(1, 100))
    expires_in_days = fields.Float(
        load_default=None, allow_none=True, validate=validate.Range(0, 36_500, min_inclusive=False)
    )


class NewUser(Strict):
    """An account to be made."""

    name = _who(required=True)
    password = _new_password(required=True)
    role = fields.String(required=True, validate=validate.OneOf(_ROLES))


class UserChanges(Strict):
    """What becomes of an account; what is left out stays.

    A new password or disabling ends its logins, a new password its API tokens as well.
    """

    name = _who()
    password = _new_password()
    role = fields.String(validate=validate.OneOf(_ROLES))
    is_disabled = fields.Boolean()


class Assignment(Strict):
    """Which patient, by id or name."""

    patient_id = _who(required=True)


class AuditPage(Strict):
    """Filters of the audit log."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
    cursor = fields.String(load_default=None, validate=validate.Length(1, 300))
    action = fields.String(load_default=None, validate=validate.Length(1, 100))
    user_id = fields.String(load_default=None, validate=validate.Length(1, 100))


class PersonOut(Schema):
    """Somebody, by id and name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class UserOut(Schema):
    """An account."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(_ROLES))
    is_disabled = fields.Boolean(required=True)
    created_at = fields.String(required=True, metadata={"format": "date-time"})


class UserWithPatientsOut(UserOut):
    """An account with the patients that are assigned to it."""

    patients = fields.List(fields.Nested(PersonOut), required=True)


class UsersOut(Schema):
    """All accounts, by name."""

    users = fields.List(fields.Nested(UserWithPatientsOut), required=True)


class GrantedOut(Schema):
    """What somebody gets who has signed in; browsers get the same as cookies."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.OneOf(["Bearer"]))
    expires_in = fields.Float(required=True, metadata={"description": "Seconds."})
    refresh_token = fields.String(required=True)
    refresh_expires_in = fields.Float(required=True, metadata={"description": "Seconds."})
    user = fields.Nested(UserOut, required=True)


class MeUserOut(Schema):
    """The account that asks; while accounts are off its id is null and the rest is left out."""

    id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(_ROLES))
    is_disabled = fields.Boolean()
    created_at = fields.String(metadata={"format": "date-time"})


class MeOut(Schema):
    """Who asks, and how that is known."""

    accounts = fields.Boolean(required=True, metadata={"description": "Whether anybody has to sign in here."})
    user = fields.Nested(MeUserOut, required=True)
    patients = fields.List(fields.Nested(PersonOut), required=True)
    means = fields.String(required=True, validate=validate.OneOf(["local", "cookie", "bearer", "api_token"]))
    expires_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


class DoorOut(Schema):
    """Whether one has to sign in, and whether this browser may get in by what it keeps. Never a refusal."""

    accounts = fields.Boolean(required=True, metadata={"description": "Whether anybody has to sign in here."})
    signed_in = fields.Boolean(required=True)
    renewable = fields.Boolean(
        required=True, metadata={"description": "Whether the browser keeps a refresh token, good or not."}
    )


class TicketOut(Schema):
    """A ticket for the address of one stream or file, good once."""

    ticket = fields.String(required=True)
    expires_in = fields.Float(required=True, metadata={"description": "Seconds."})


class TokenOut(Schema):
    """An API token, without its text."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True)
    created_at = fields.String(required=True, metadata={"format": "date-time"})
    expires_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


class MadeTokenOut(TokenOut):
    """A new API token with its text, which is shown this once."""

    token = fields.String(required=True)


class TokensOut(Schema):
    """One's own API tokens."""

    tokens = fields.List(fields.Nested(TokenOut), required=True)


class AuditEntryOut(Schema):
    """Who did what, when, about what and from where."""

    number = fields.Integer(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    actor_id = fields.String(required=True, allow_none=True)
    actor_name = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    about = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True)


class AuditOut(Schema):
    """A page of the audit log, newest first."""

    entries = fields.List(fields.Nested(AuditEntryOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
