"""The OpenAPI 3.1 document, made from the same table as the router."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import marshmallow
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from service.http.answer_schemas import ProblemOut
from service.http.problems import MEDIA_TYPE, PROBLEMS
from service.http.route import JSON, Route
from service.http.schemas import FrontBackOrPlace, Moment
from service.http.things import action_of, takes_ticket
from service.model.policy import Action

SIGNED_IN = ("unauthorized", "forbidden")
SECURITY: Mapping[str, Mapping[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token of `POST /api/v1/auth/login`, or an API token.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "nowserving_INSTANCE_PORT",
        "description": "What a browser gets at login. Unsafe methods need a same-origin `Origin` beside it.",
    },
    "ticket": {
        "type": "apiKey",
        "in": "query",
        "name": "ticket",
        "description": "A ticket of `POST /api/v1/auth/ticket`, good for one GET of a stream or file.",
    },
}
EVERYWHERE = ("host_not_allowed", "internal")
UNSAFE = ("cross_origin",)
_PARAMETER = re.compile(r"\{(\w+)(?::[^{}]+)?\}")
TAGS: Mapping[str, str] = {
    "jobs": "One persisted request for work.",
    "batches": "Jobs that are submitted and followed as one.",
    "streams": "Server-sent events: replay after a cursor, the present state, then live.",
    "artifacts": "Named files that a job leaves.",
    "queue": "The lanes, each strictly sequential.",
    "kinds": "What can be done, and small inputs to try.",
    "accounts": "Who may sign in; all of it only while accounts are on.",
    "service": "Health, numbers and this document.",
    "pages": "For people.",
}


def build(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Return the document for these routes."""
    routes = tuple(routes)
    descriptions = {"Problem": "RFC 9457, with the members that older clients read."}
    plugin = MarshmallowPlugin(schema_name_resolver=_namer(descriptions))
    spec = APISpec(
        title="Nowserving",
        version=version,
        openapi_version="3.1.0",
        info={
            "description": "Take a number for slow jobs. Errors are RFC 9457 problem documents.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        tags=_tags(routes),
        servers=[{"url": "/"}],
        plugins=[plugin],
    )
    converter = cast("OpenAPIConverter", plugin.converter)  # set by APISpec
    converter.field_mapping[Moment] = ("string", "date-time")
    converter.field_mapping[FrontBackOrPlace] = (None, None)
    spec.components.schema("Problem", schema=ProblemOut)
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, dict(scheme))
    for route in routes:
        spec.path(
            path=openapi_path(route.path), operations={route.method.lower(): _operation(route, converter)}
        )
    document: dict[str, Any] = spec.to_dict()
    for name, schema in document["components"]["schemas"].items():
        schema["description"] = descriptions.get(name, name)
    return document


def openapi_path(path: str) -> str:
    """Return an aiohttp path as OpenAPI writes it: without the patterns of its parameters."""
    return _PARAMETER.sub(r"{\1}", path)


def _namer(descriptions: dict[str, str]) -> Callable[[Any], str]:
    """Return what names a schema; the first line of its docstring is kept as its description."""

    def name_of(schema: Any) -> str:
        cls = schema if isinstance(schema, type) else type(schema)
        name: str = cls.__name__.removesuffix("Out")
        descriptions[name] = (cls.__doc__ or name).splitlines()[0]
        return name

    return name_of


def _tags(routes: Iterable[Route]) -> list[dict[str, str]]:
    used = dict.fromkeys(route.tag for route in routes)
    return [{"name": tag, "description": TAGS.get(tag, f"Paths of the kind {tag}.")} for tag in used]


def _operation(route: Route, converter: OpenAPIConverter) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "tags": [route.tag],
        "parameters": _parameters(route, converter),
        "responses": _responses(route),
        "security": _security(route),
    }
    content: dict[str, Any] = {}
    if route.body is not None:
        content[JSON] = {"schema": route.body}
    if route.form is not None:
        content["multipart/form-data"] = {"schema": route.form}
    if content:
        operation["requestBody"] = {"required": route.is_body_required, "content": content}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    """Return the ways to be known on a route, `{}` where nobody has to be (a desk without accounts aside)."""
    if action_of(route) is Action.VISIT:
        return [{}]
    ways = ["token", "cookie", *(["ticket"] if takes_ticket(route) else [])]
    return [{way: []} for way in ways]


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", openapi_path(route.path).removeprefix("/api/v1")).strip("_")
    return f"{route.method.lower()}_{words or 'index'}"


def _parameters(route: Route, converter: OpenAPIConverter) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        parameters += _query(route.query, converter)
    parameters += [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in route.headers
    ]
    return parameters


def _query(schema: type[marshmallow.Schema], converter: OpenAPIConverter) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = converter.schema2parameters(schema(), location="query")
    for parameter in found:
        kinds = parameter["schema"].get("type")
        if isinstance(kinds, list):  # a default of None: in a query a parameter is there or not, never null
            parameter["schema"]["type"] = next(kind for kind in kinds if kind != "null")
            del parameter["schema"]["default"]
    return found


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {str(route.status): _success(route)}
    for status, text in route.more_statuses:
        responses[str(status)] = {"description": text}
        if status == 206:
            responses["206"]["content"] = {
                route.media_type: {"schema": {"type": "string", "format": "binary"}}
            }
    rights = () if action_of(route) is Action.VISIT else SIGNED_IN
    codes = (*EVERYWHERE, *rights, *(UNSAFE if route.method != "GET" else ()), *route.problems)
    for code in dict.fromkeys(codes):
        problem = PROBLEMS[code]
        for status in {problem.status, problem.status_in_body or problem.status}:
            _add_problem(responses, str(status), code)
    return responses


def _success(route: Route) -> dict[str, Any]:
    success: dict[str, Any] = {"description": route.summary}
    if route.answer is not None:
        success["content"] = {JSON: {"schema": route.answer}}
    elif route.status != 204:
        success["content"] = {route.media_type: {"schema": {"type": "string"}}}
    if route.status == 202:
        success["headers"] = {"Location": {"schema": {"type": "string"}}} if _makes(route) else {}
    return success


def _makes(route: Route) -> bool:
    return route.path.endswith(("/jobs", "/batches", "/retry")) and "batches/{" not in route.path


def _add_problem(responses: dict[str, Any], status: str, code: str) -> None:
    if status not in responses:
        content = {MEDIA_TYPE: {"schema": "Problem"}}
        responses[status] = {"description": f"`{code}`", "content": content}
    else:
        responses[status]["description"] += f", `{code}`"
