"""Reading what a client sent: JSON bodies and query strings, bounded, strict, with pointers to what is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn, cast

from aiohttp import web
from marshmallow import Schema, ValidationError, fields

from service.http.route import send_continue
from service.model.errors import DeskError, FieldError

MAX_JSON_BYTES = 1024 * 1024
MAX_JSON_DEPTH = 64
IDLE_SECONDS = 60.0
CHUNK_BYTES = 256 * 1024
MAX_KEY_LENGTH = 200


async def chunks(request: web.Request) -> AsyncIterator[bytes]:
    """Walk the body as it arrives. Raises `malformed` when it breaks off, `upload_timed_out` when it stands still."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DeskError("unsupported_media_type", "Send the body as it is, without a Content-Encoding.")
    await send_continue(request)
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                chunk = await request.content.read(CHUNK_BYTES)
        except TimeoutError:
            raise DeskError(
                "upload_timed_out", f"Nothing came for {IDLE_SECONDS:g} seconds.", retriable=True
            ) from None
        except web.RequestPayloadError as error:
            raise DeskError("malformed", "The body is not framed as HTTP wants it.") from error
        if not chunk:
            return
        yield chunk


async def read_bytes(request: web.Request, max_bytes: int = MAX_JSON_BYTES) -> bytes:
    """Read the whole body. Raises `too_large` above `max_bytes`, before reading when the length is announced."""
    if (request.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    async for chunk in chunks(request):
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


async def read_json(request: web.Request, *, is_required: bool = True) -> Any:
    """Read a JSON body; without one, None if it is not required.

    Raises `unsupported_media_type` for another Content-Type, `malformed` for what is not JSON (RFC 8259).
    """
    if not request.body_exists and not is_required:
        return None
    require_json(request)
    body = await read_bytes(request)
    return None if not body and not is_required else parse_json(body)


def is_json(request: web.Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def require_json(request: web.Request) -> None:
    """Raise `unsupported_media_type` unless the body says that it is JSON."""
    if not is_json(request):
        raise DeskError(
            "unsupported_media_type",
            "This path takes a JSON body.",
            remediation="Send Content-Type: application/json.",
        )


def parse_json(text: bytes) -> Any:
    """Parse JSON; `malformed` for anything that is not, is nested too deep or cannot be written as UTF-8 again."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates cannot be stored or answered
    except RecursionError:
        raise DeskError("malformed", "The JSON is nested too deep.") from None
    except json.JSONDecodeError as error:
        raise DeskError("malformed", f"The body is not JSON: {str(error)[:200]}") from None
    except UnicodeError:
        raise DeskError("malformed", "The body is not JSON: a character in it cannot be read.") from None
    except ValueError:  # Python's limit for integers: what it says of it is of no use to a client
        raise DeskError("malformed", "A number in the body has too many digits.") from None
    if _is_deeper_than(value, MAX_JSON_DEPTH):
        raise DeskError("malformed", f"The JSON is nested deeper than {MAX_JSON_DEPTH} levels.")
    return value


def load(schema: type[Schema], value: Any, at: str = "") -> dict[str, Any]:
    """Check a value against a schema. Raises `invalid` with a JSON pointer for each wrong place."""
    if not isinstance(value, Mapping):
        raise DeskError(
            "invalid", "The body must be a JSON object.", errors=[FieldError(at, "Not an object.")]
        )
    try:
        return cast("dict[str, Any]", schema().load(value))
    except ValidationError as error:
        _refuse(error, at)


async def read(request: web.Request, schema: type[Schema], *, is_required: bool = True) -> dict[str, Any]:
    """Read a JSON body and check it."""
    value = await read_json(request, is_required=is_required)
    return load(schema, {} if value is None else value)


def query(request: web.Request, schema: type[Schema]) -> dict[str, Any]:
    """Read the query string. Lists may be repeated or separated by commas; wrong values are `/query/…`."""
    given: dict[str, Any] = {}
    wanted = schema().fields
    for name in dict.fromkeys(request.query):
        if name == "ticket" and name not in wanted:
            continue  # it says who asks, and nothing of what is asked for
        values = request.query.getall(name)
        if isinstance(wanted.get(name), fields.List):
            given[name] = [part for value in values for part in value.split(",") if part]
        elif len(values) > 1:
            problem = FieldError(f"/query/{_escaped(name)}", "Given more than once.")
            raise DeskError("invalid", f"{name[:60]} is given more than once.", errors=[problem])
        else:
            given[name] = values[0]
    return load(schema, given, "/query")


def idempotency_key(request: web.Request) -> str | None:
    """Return the client's Idempotency-Key: 1-200 visible ASCII characters, else `malformed`."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise DeskError("malformed", f"Idempotency-Key has 1 to {MAX_KEY_LENGTH} printable ASCII characters.")
    return key


def _too_large(max_bytes: int) -> DeskError:
    return DeskError("too_large", f"The body may have {max_bytes} bytes at most.")


def _refuse_constant(name: str) -> NoReturn:
    raise DeskError("malformed", f"The body is not JSON: {name} is not a JSON number.")


def _is_deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def _escaped(name: object) -> str:
    return str(name)[:100].replace("~", "~0").replace("/", "~1")


def _refuse(error: ValidationError, at: str) -> NoReturn:
    found = pointers(error.messages, at)
    first = found[0] if found else FieldError(at, "Not valid.")
    name = first.pointer.rsplit("/", 1)[-1]
    raise DeskError("invalid", f"{name}: {first.detail}" if name else first.detail, errors=found)


def pointers(messages: Any, at: str = "") -> list[FieldError]:
    """Turn marshmallow's nested messages into flat (JSON pointer, detail) pairs."""
    if isinstance(messages, Mapping):
        return [
            found
            for key, inner in messages.items()
            for found in pointers(inner, at if key == "_schema" else f"{at}/{_escaped(key)}")
        ]
    if isinstance(messages, list):
        return [found for inner in messages for found in pointers(inner, at)]
    return [FieldError(at, str(messages))]
