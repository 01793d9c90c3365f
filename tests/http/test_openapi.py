"""The OpenAPI document, the router and the real answers say the same."""

import re
from urllib.parse import quote

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.http import routes
from service.http.openapi import openapi_path
from service.http.problems import PROBLEMS
from service.http.route import Route
from service.kinds.registry import KindInfo
from tests.http.conftest import Place

MISSING = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
async def document(place: Place):
    return await place.get("/api/openapi.json")


async def test_the_document_is_valid_openapi_3_1(document):
    validate(document)
    assert document["openapi"].startswith("3.1")


async def test_router_and_document_have_the_same_operations(place: Place, document):
    routed = set()
    for route in place.router.routes():
        path = openapi_path(route.resource.canonical) if route.resource is not None else ""
        if route.method != "HEAD":
            routed.add((route.method.lower(), re.sub(r"\{(\w+):[^}]+\}", r"{\1}", path)))
    documented = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert routed == documented
    assert len(routed) > 40


async def test_every_operation_says_what_it_answers_and_what_its_parameters_are(document):
    names = set()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            names.add(operation["operationId"])
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))
            assert operation["summary"]
            assert {tag["name"] for tag in document["tags"]} >= set(operation["tags"])
            # a WebSocket begins with 101 Switching Protocols
            assert any(status.startswith("2") or status == "101" for status in operation["responses"])
    assert len(names) == sum(len(methods) for methods in document["paths"].values())


async def test_every_schema_says_what_it_is(document):
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"].endswith((".", "remedy.", "?")), name


def test_every_problem_that_a_route_names_is_in_the_table():
    for route in routes.api():
        assert set(route.problems) <= set(PROBLEMS), route.path


async def test_a_plain_route_of_a_plug_in_is_documented_too():
    async def hello(request: web.Request) -> web.Response:
        """Say hello."""
        return web.Response()

    class Desk:
        class kinds:  # noqa: N801 (stands for the registry)
            @staticmethod
            def all():
                return [
                    KindInfo("plug", Plug(), "x:Plug", available=True),
                    KindInfo("broken", Broken(), "x:Broken", available=True),
                    KindInfo("gone", None, "x:Gone", available=False),
                ]

    class Plug:
        name = "plug"

        def routes(self):
            return [web.get("/hello/{name}", hello), Route("GET", "/own", hello, "Own words")]

    class Broken:
        name = "broken"

        def routes(self):
            raise ImportError("a library is missing")

    plain, own = routes.of_kinds(Desk())
    assert (plain.method, plain.path, plain.summary, plain.tag) == (
        "GET",
        "/hello/{name}",
        "Say hello.",
        "plug",
    )
    assert own.summary == "Own words"


class Held:
    """Holds answers to the document."""

    def __init__(self, document):
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:document", resource)
        self.seen = set()

    def check(self, method: str, template: str, status: int, content_type: str, body: object) -> None:
        responses = self.document["paths"][template][method]["responses"]
        assert str(status) in responses, (method, template, status)
        assert content_type in responses[str(status)]["content"], (method, template, status)
        steps = ("paths", template, method, "responses", str(status), "content", content_type, "schema")
        pointer = "/".join(quote(step.replace("~", "~0").replace("/", "~1"), safe="~") for step in steps)
        Draft202012Validator(
            {"$ref": f"urn:document#/{pointer}"},
            registry=self.registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        ).validate(body)
        self.seen.add((method, template, status))


async def test_real_answers_are_as_the_document_says(place: Place, document, book):
    held = Held(document)

    async def call(method: str, template: str, status: int, body: object = None, **names: str):
        path = template
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        query = names.get("query", "")
        async with place.http.request(method, path + query, json=body) as answer:
            said = await answer.json(content_type=None)
            assert answer.status == status, said
        held.check(method, template, status, answer.content_type, said)
        return said

    v1 = "/api/v1"
    of_job = f"{v1}/jobs/{{job_id}}"
    demo = {"kind": "demo", "args": {"items": 2, "seconds": 0, "fail_items": [1], "artifact_bytes": 10}}
    made = await call("post", f"{v1}/jobs", 202, demo)
    waiting = await call("post", f"{v1}/jobs", 202, demo | {"title": "waits"})
    await call("post", f"{of_job}/move", 200, {"to": "front"}, job_id=made["id"])
    await call("get", f"{v1}/queue", 200)
    await place.finished(made["id"])
    await call("get", of_job, 200, job_id=made["id"])
    await call("get", f"{of_job}/progress", 200, job_id=made["id"])
    items = await call("get", f"{of_job}/items", 200, job_id=made["id"])
    assert {item["status"] for item in items["items"]} == {"completed", "failed"}
    await call("get", f"{v1}/jobs", 200, query="?limit=1")
    again = await call("post", f"{of_job}/retry", 202, {}, job_id=made["id"])
    await call("post", f"{of_job}/retry", 409, {}, job_id=made["id"])
    await place.finished(again["id"])
    await place.finished(waiting["id"])
    await call("post", f"{of_job}/cancel", 409, {}, job_id=waiting["id"])
    await call("post", f"{v1}/queue/pause", 200, {})
    stays = await call("post", f"{v1}/jobs", 202, demo)
    await call("post", f"{of_job}/cancel", 202, {}, job_id=stays["id"])
    async with place.http.post(f"{v1}/batches", data=place.form(book, "a.epub")) as answer:
        batch = await answer.json()
    held.check("post", f"{v1}/batches", answer.status, answer.content_type, batch)
    of_batch = f"{v1}/batches/{{batch_id}}"
    await call("get", of_batch, 200, batch_id=batch["id"])
    await call("get", f"{v1}/batches", 200)
    await call("post", f"{of_batch}/cancel", 202, {}, batch_id=batch["id"])
    await call("post", f"{of_batch}/retry", 202, {}, batch_id=batch["id"])
    await call("post", f"{v1}/queue/resume", 200, {})
    await call("post", f"{v1}/queue/clear", 200, {})
    for path in (f"{v1}/kinds", f"{v1}/examples", f"{v1}/stats", "/healthz", "/readyz", "/api/list-models"):
        await call("get", path, 200)
    await call("get", f"{v1}/kinds/{{kind}}", 200, kind="epub")
    await call("get", f"{v1}/kinds/{{kind}}", 404, kind="nope")
    await call("get", of_job, 404, job_id=MISSING)
    await call("get", of_batch, 404, batch_id=MISSING)
    await call("post", f"{v1}/jobs", 422, {"kind": "nope"})
    await call("post", f"{v1}/jobs", 422, {"kind": "demo", "args": {"items": -1}})
    await call("get", f"{v1}/jobs", 422, query="?limit=x")
    await call("get", "/problems/{slug}", 404, slug="nope")
    await call("get", "/api/jobs/{job_id}", 404, job_id=MISSING)
    assert len(held.seen) > 30
