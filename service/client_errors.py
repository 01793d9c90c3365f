"""What can go wrong for a client of the service: one error type, whatever answered, or did not."""

import json
from typing import Any, NoReturn

import aiohttp

from service.model.errors import DeskError, FieldError

UNREACHABLE = "unreachable"
TIMED_OUT = "timed_out"
MAX_PROBLEM_BYTES = 256 * 1024
CONNECTION_ERRORS = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError, TimeoutError)


class ClientError(DeskError):
    """A request that did not work. `status` is the HTTP status, None when nothing was answered."""

    def __init__(self, code: str, message: str, *, status: int | None = None, **more: Any) -> None:
        super().__init__(code, message, **more)
        self.status = status


def unreachable(url: str, error: BaseException) -> ClientError:
    """Return the error for a server that does not answer at `url`."""
    reason = str(error) or type(error).__name__
    return ClientError(
        UNREACHABLE,
        f"No answer from {url}: {reason}",
        remediation="Start it with `nowserving serve`, or name its address with --url.",
        retriable=True,
    )


async def raise_for_problem(response: aiohttp.ClientResponse) -> NoReturn:
    """Raise the ClientError that an answer of 400 or more tells (RFC 9457), or the best guess without one."""
    body = await response.content.read(MAX_PROBLEM_BYTES)
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("code"), str):
        raise ClientError(
            f"http_{response.status}",
            f"{response.url} answered {response.status} {response.reason or ''}".rstrip()
            + ", without a reason that this client knows. Is it a Nowserving server?",
            status=response.status,
            retriable=response.status >= 500,
            retry_after_seconds=_retry_after(response),
        )
    known = {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "success",
        "error",
        "remediation",
        "retriable",
        "errors",
    }
    raise ClientError(
        document["code"],
        str(document.get("detail") or document.get("error") or document.get("title") or response.reason),
        status=response.status,
        remediation=document.get("remediation"),
        retriable=bool(document.get("retriable")),
        retry_after_seconds=_retry_after(response),
        errors=[
            FieldError(str(one.get("pointer", "")), str(one.get("detail", "")))
            for one in document.get("errors") or ()
            if isinstance(one, dict)
        ],
        extra={name: value for name, value in document.items() if name not in known},
    )


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    text = response.headers.get("Retry-After", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
