"""Opaque cursors of lists: where the page before ended, in base64 so that nobody builds on what is inside."""

import base64
import binascii
import json
import math
from collections.abc import Mapping

from aiohttp import web

from service.model.errors import DeskError, FieldError

MAX_NUMBER = 2**53


def of_moment(created_at: float, identity: str) -> str:
    """Return the cursor after a row of a list ordered by time and id."""
    return _pack([created_at, identity])


def moment(cursor: str | None) -> tuple[float, str] | None:
    """Read such a cursor. Raises `invalid` for anything that this server has not made."""
    if cursor is None:
        return None
    match _unpack(cursor):
        case [float() | int() as created_at, str() as identity] if math.isfinite(created_at):
            return float(created_at), identity
    raise _refused()


def of_number(number: int) -> str:
    """Return the cursor after a numbered row."""
    return _pack([number])


def number(cursor: str | None) -> int:
    """Read such a cursor, 0 for none."""
    if cursor is None:
        return 0
    match _unpack(cursor):
        case [int() as value] if 0 <= value < MAX_NUMBER:
            return value
    raise _refused()


def next_link(request: web.Request, cursor: str | None) -> Mapping[str, str]:
    """Return a `Link` header (RFC 8288) that leads to the next page, or nothing."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.rel_url.update_query(cursor=cursor)}>; rel="next"'}


def _pack(value: list[float | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unpack(cursor: str) -> object:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        value: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if isinstance(value, list) and any(isinstance(part, bool) for part in value):
        return None
    return value


def _refused() -> DeskError:
    return DeskError(
        "invalid",
        "This cursor was not made here.",
        remediation="Take next_cursor from the page before, or leave it out.",
        errors=[FieldError("/query/cursor", "Not a cursor of this list.")],
    )
