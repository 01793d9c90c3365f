"""Running the application: what aiohttp refuses before any of our code sees it gets a problem document too.

A request that is no HTTP, or whose head is too large, never becomes a request: aiohttp answers it in plain
text and logs a traceback for what is only somebody else's noise.
"""

from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from service.http import problems
from service.http.middleware import SECURITY_HEADERS
from service.model.errors import DeskError

logger = structlog.get_logger("nowserving.http")


class ProblemProtocol(web.RequestHandler):
    """aiohttp's protocol for one connection, with our answers."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to what is no request; anything else is aiohttp's to handle."""
        if not isinstance(exc, HttpProcessingError) or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        logger.info("not_http", status=status, peer=request.remote, reason=str(message or exc)[:200])
        if isinstance(exc, LineTooLong):
            error = DeskError("headers_too_large", "A line of the request's head is too long.")
        else:
            error = DeskError("malformed", "This is not HTTP as it should be.")
        answer = problems.response(error, request)
        answer.headers.update(SECURITY_HEADERS)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Log a fault; a body that cannot be unpacked is the client's, and was answered before its rest was read."""
        if isinstance(kwargs.get("exc_info"), web.RequestPayloadError):
            logger.info("body_unreadable", reason=str(kwargs["exc_info"])[:200])
        else:
            super().log_exception(*args, **kwargs)


class _Server(web.Server):
    def __call__(self) -> ProblemProtocol:
        """Return the protocol of a new connection."""
        return ProblemProtocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs our application; it writes its own line a request, so aiohttp's access log is off."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout)

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **made._kwargs,
        )
