"""Around every request: an id, one log line, errors as problem+json, and headers that keep browsers safe."""

import errno
import re
import time
import uuid
from collections.abc import Mapping

import structlog
from aiohttp import web
from yarl import URL

from service.http import problems
from service.http.keys import REQUEST_ID
from service.http.route import Handler
from service.model.errors import DeskError

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECRETS = (
    *("ticket", "token", "access_token", "refresh_token", "api_key", "username", "password", "new_password"),
    "patient_id",
)
_LOOSE_SECRET = re.compile(rf"(?i)(?<=[?&;])({'|'.join(_SECRETS)})=[^&;]*")
CLIENT_CLOSED_REQUEST = 499  # nginx's number for a client that left before its answer

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

logger = structlog.get_logger("nowserving.http")


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its id and write one line when it is answered; a client that leaves is no error."""
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    request[REQUEST_ID] = request_id
    began = time.perf_counter()
    status, size_bytes = CLIENT_CLOSED_REQUEST, 0
    try:
        answer = await handler(request)
        status, size_bytes = answer.status, _size(answer)
        return answer
    finally:
        logger.info(
            "request",
            method=request.method[:20],
            path=redacted(request.rel_url),
            status=status,
            ms=round((time.perf_counter() - began) * 1000, 1),
            bytes=size_bytes,
            request_id=request_id,
        )


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn domain errors, aiohttp's own and unexpected ones into problem documents."""
    try:
        return await handler(request)
    except ConnectionError:
        return _break_off(request)  # the client left: nobody reads an answer, and it is no error
    except Exception as error:
        answer = _answer_for(request, error)
        # Once the head is out, the only honest sign of failure is a body that breaks off.
        return _break_off(request) if request.writer.output_size > 0 else answer


def _answer_for(request: web.Request, error: Exception) -> web.StreamResponse:
    if isinstance(error, DeskError):
        return problems.response(error, request)
    if isinstance(error, web.HTTPException):
        return problems.from_http_exception(error, request)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problems.response(DeskError("storage_full", "The disk is full.", retriable=True), request)
    logger.error("internal_error", request_id=request[REQUEST_ID], path=request.path, exc_info=error)
    internal = DeskError(
        "internal",
        "Something went wrong on this side.",
        remediation="The server's log has a line with this request_id.",
        retriable=True,
    )
    return problems.response(internal, request)


def _break_off(request: web.Request) -> web.Response:
    """Cut the connection. What is returned goes nowhere; an exception would be logged by aiohttp as a fault."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=CLIENT_CLOSED_REQUEST)


async def add_headers(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Set what every answer carries, unless the handler chose otherwise (a signal, so that streams have it too)."""
    request_id = request.setdefault(REQUEST_ID, uuid.uuid4().hex)
    if isinstance(response, web.HTTPException) and response.status >= 400:
        problems.rewrite(response, request)  # aiohttp raised it before any middleware ran
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = request_id
    if "Server" in response.headers:
        del response.headers["Server"]


def redacted(url: URL) -> str:
    """Return path and query as they may stand in a log: no tickets, tokens or passwords."""
    hidden = {name: "…" for name in url.query if name.lower() in _SECRETS}
    safe = url.update_query(hidden) if hidden else url
    # Some write `;` between, which is no separator any more: then it is a part of the path or of another value.
    return _LOOSE_SECRET.sub(r"\1=…", str(safe))[:500]


def _size(answer: web.StreamResponse) -> int:
    if isinstance(answer, web.Response):
        return answer.content_length or 0
    return answer.body_length if answer.prepared else 0
