"""The one map from error codes to HTTP, and the problem+json document (RFC 9457) that carries them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from service.http.keys import REQUEST_ID
from service.model.errors import DeskError, FieldError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a code means on the wire. `status_in_body` is used when the wrong name stood in a request's body."""

    status: int
    title: str
    status_in_body: int | None = None


PROBLEMS: Mapping[str, Problem] = {
    # The request itself
    "malformed": Problem(400, "The request cannot be read"),
    "method_not_allowed": Problem(405, "This path does not take that method"),
    "not_acceptable": Problem(406, "Nothing acceptable to send"),
    "unsupported_media_type": Problem(415, "Wrong media type"),
    "upgrade_required": Problem(426, "This path is a WebSocket"),
    "expectation_failed": Problem(417, "Unknown expectation"),
    "headers_too_large": Problem(431, "Request headers too large"),
    "uri_too_long": Problem(414, "Address too long"),
    "upload_timed_out": Problem(408, "The upload stood still for too long"),
    "http_error": Problem(400, "The request was refused"),
    # Who asks
    "host_not_allowed": Problem(403, "Unknown host name"),
    "cross_origin": Problem(403, "Request from another site"),
    "unauthorized": Problem(401, "Not signed in"),
    "wrong_credentials": Problem(401, "Name or password is wrong"),
    "forbidden": Problem(403, "Not allowed"),
    "too_many_requests": Problem(429, "Too many requests"),
    # What is asked for
    "not_found": Problem(404, "Nothing at this path"),
    "job_not_found": Problem(404, "Job not found"),
    "session_not_found": Problem(404, "Session not found"),
    "transcript_not_found": Problem(404, "No transcript yet"),
    "segment_not_found": Problem(404, "Segment not found"),
    "notes_not_found": Problem(404, "No notes yet"),
    "audio_not_found": Problem(404, "No recording"),
    "batch_not_found": Problem(404, "Batch not found"),
    "item_not_found": Problem(404, "Item not found"),
    "artifact_not_found": Problem(404, "Artifact not found"),
    "example_not_found": Problem(404, "Example not found"),
    "result_not_found": Problem(404, "No result with this code"),
    "document_not_found": Problem(404, "Document not found"),
    "user_not_found": Problem(404, "Account not found"),
    "token_not_found": Problem(404, "API token not found"),
    "lane_not_found": Problem(404, "Lane not found"),
    "kind_not_found": Problem(404, "Kind not found", status_in_body=422),
    "kind_unavailable": Problem(422, "Kind not installed"),
    "preview_not_found": Problem(404, "No preview yet"),
    "label_not_found": Problem(404, "No such label"),
    "artifact_gone": Problem(410, "The file is gone"),
    "range_not_satisfiable": Problem(416, "Range not satisfiable"),
    # What the present status forbids
    "conflict": Problem(409, "The present status forbids it"),
    "stale_revision": Problem(409, "Somebody was quicker"),
    "stale_preview": Problem(409, "The preview is out of date"),
    "plan_missing": Problem(409, "Nobody here can tell"),
    "accounts_off": Problem(409, "This desk has no accounts"),
    "name_taken": Problem(409, "The name is taken"),
    "last_admin": Problem(409, "The last administrator"),
    "stale_attempt": Problem(409, "The job has moved on"),
    # What was sent
    "invalid": Problem(422, "The request is not valid"),
    "invalid_args": Problem(422, "The args are not valid"),
    "idempotency_mismatch": Problem(422, "Idempotency key used for another request"),
    "file_type_not_accepted": Problem(422, "This kind does not take such files"),
    "file_name_missing": Problem(422, "A file without a name"),
    "inputs_not_found": Problem(422, "The earlier job's files are not here"),
    "too_few_files": Problem(422, "Too few files"),
    "too_many_files": Problem(422, "Too many files"),
    "unknown_field": Problem(422, "Unknown field"),
    "path_not_allowed": Problem(422, "Path outside the configured folders"),
    "path_not_found": Problem(422, "No such path"),
    "path_has_no_books": Problem(422, "No books there"),
    "path_has_too_many_books": Problem(422, "Too many books there"),
    "no_files": Problem(422, "No files"),
    "urls_not_supported": Problem(422, "This kind takes no addresses"),
    "calendar_empty": Problem(422, "Nothing to put into a calendar"),
    "needs_clarification": Problem(422, "The sentence is not wholly understood"),
    "source_not_found": Problem(422, "No such orders"),
    "source_empty": Problem(422, "No orders in the file"),
    "source_not_text": Problem(422, "The file is no text"),
    "source_invalid": Problem(422, "The file cannot be read"),
    "source_encrypted": Problem(422, "The file is locked"),
    "source_too_large": Problem(422, "The file is too large to read"),
    "too_many_columns": Problem(422, "Too many columns"),
    "columns_missing": Problem(422, "Columns are missing"),
    "mapping_invalid": Problem(422, "The mapping of columns is not valid"),
    "filter_invalid": Problem(422, "The filter is not valid"),
    "too_large": Problem(413, "Too large"),
    # What the desk cannot take just now
    "queue_full": Problem(503, "The line is full"),
    "disk_budget": Problem(503, "No disk budget left"),
    "storage_full": Problem(503, "The disk is full"),
    "kind_setting_invalid": Problem(503, "A setting is not valid"),
    "carrier_unavailable": Problem(503, "The carrier does not answer"),
    "carrier_not_configured": Problem(503, "The carrier is not set up"),
    "library_unavailable": Problem(503, "The library cannot be asked"),
    "storage_unavailable": Problem(503, "The database cannot be used"),
    "shutting_down": Problem(503, "The service is stopping"),
    "not_ready": Problem(503, "Not ready"),
    "notes_failed": Problem(503, "No notes could be made"),
    # Ours
    "internal": Problem(500, "Internal error"),
}

RETRY_AFTER_SECONDS = 10


def slug(code: str) -> str:
    """Return the last segment of a problem's page: `job_not_found` is `/problems/job-not-found`."""
    return code.replace("_", "-")


def status_of(error: DeskError) -> int:
    """Return the HTTP status of a domain error; a code that is not in the table is the request's fault, 422."""
    problem = PROBLEMS.get(error.code)
    if problem is None:
        return 422
    if problem.status_in_body and error.errors:
        return problem.status_in_body
    return problem.status


def document(error: DeskError, request_id: str, instance: str | None = None) -> dict[str, Any]:
    """Return the problem document, with the members that older clients read (`success`, `error`) beside it."""
    problem = PROBLEMS.get(error.code)
    status = status_of(error)
    whole_request = [FieldError("", error.message)] if status == 422 else []
    wrong = error.errors or whole_request
    return {
        "type": f"/problems/{slug(error.code)}",
        "title": problem.title if problem else error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.message,
        "instance": instance,
        "code": error.code,
        "success": False,
        "error": error.message,
        "remediation": error.remediation,
        "retriable": error.retriable,
        "request_id": request_id,
        "errors": [{"pointer": field.pointer, "detail": field.detail} for field in wrong],
    } | {name: value for name, value in error.extra.items() if name not in _OWN_MEMBERS}


_OWN_MEMBERS = frozenset(
    ("type", "title", "status", "detail", "code", "success", "error", "request_id", "errors", "instance")
)


def response(error: DeskError, request: web.BaseRequest) -> web.Response:
    """Return the answer for a domain error."""
    status = status_of(error)
    body = document(error, request.get(REQUEST_ID, ""), request.path)
    answer = web.Response(
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status=status,
        content_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="nowserving"'  # RFC 9110, 11.6.1: a 401 says how
    wait = error.retry_after_seconds
    if wait is None and status in (429, 503):
        wait = RETRY_AFTER_SECONDS
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


_CODES_BY_STATUS: Mapping[int, str] = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "upload_timed_out",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    417: "expectation_failed",
    429: "too_many_requests",
    431: "headers_too_large",
}


def from_http_exception(error: web.HTTPException, request: web.BaseRequest) -> web.StreamResponse:
    """Return our own answer for one of aiohttp's exceptions; a redirect or success goes out as it is."""
    if error.status < 400:
        return error
    code = "internal" if error.status >= 500 else _CODES_BY_STATUS.get(error.status, "http_error")
    answer = response(DeskError(code, _detail(error, request)), request)
    if code == "http_error":
        answer.set_status(error.status)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def rewrite(error: web.HTTPException, request: web.BaseRequest) -> None:
    """Make a problem document of an exception that is about to be sent as it is."""
    ours = from_http_exception(error, request)
    if isinstance(ours, web.Response) and isinstance(ours.body, bytes):
        error.body = ours.body
        error.headers["Content-Type"] = ours.headers["Content-Type"]
        error.headers["Content-Length"] = str(len(ours.body))


def _detail(error: web.HTTPException, request: web.BaseRequest) -> str:
    if error.status == 404:
        return f"Nothing is at {request.path[:200]}."
    if error.status == 405:
        return f"{request.path[:200]} takes {error.headers.get('Allow', 'other methods')}."
    if error.status == 413:
        return "The body is larger than this path takes."
    return error.reason or "The request was refused."
