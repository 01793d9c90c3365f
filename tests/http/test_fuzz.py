"""Every route with junk: never a 500, always a problem document, never a leftover file."""

import json
import re
from urllib.parse import quote

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from tests.http.conftest import Place
from tests.http.raw import END, FORM, part, talk

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["front", "back", "epub", "demo", "main", "../..", "\0", "completed", "'; DROP TABLE jobs --"]
    ),
)
VALUES = st.recursive(
    JUNK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "kind",
        "args",
        "title",
        "urls",
        "to",
        "lane",
        "reason",
        "hash",
        "outcome",
        "output",
        "message",
        "path",
        "tokenizers",
        "maxMb",
    ]
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            "status",
            "kind",
            "limit",
            "cursor",
            "q",
            "created_after",
            "batch_id",
            "after",
            "tail",
            "days",
            "follow",
            "x",
        ]
    ),
    st.text(max_size=12)
    | st.integers(-9, 10**20).map(str)
    | st.sampled_from(["queued", "", "WzEsIngiXQ", "e-1", "1", "0"]),
    max_size=3,
)
TYPES = st.sampled_from(
    [
        "application/json",
        "text/plain",
        FORM,
        "multipart/form-data",
        "application/json; charset=utf-16",
        "",
        "a/b; c=d",
        None,
    ]
)
BODIES = st.one_of(
    st.none(),
    st.binary(max_size=60),
    (OBJECTS | VALUES).map(lambda value: json.dumps(value).encode()),
    st.lists(
        st.tuples(
            NAMES | st.just("files"), st.binary(max_size=20), st.none() | st.text("a.epub/\\", max_size=8)
        ),
        max_size=4,
    ).map(lambda parts: b"".join(part(name, content, filename=file) for name, content, file in parts) + END),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Idempotency-Key",
            "If-None-Match",
            "If-Range",
            "Range",
            "Last-Event-ID",
            "Accept",
            "X-Request-ID",
            "Expect",
            "Content-Encoding",
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=15)
    | st.sampled_from(["*", "bytes=0-", "text/html", "100-continue", "gzip"]),
    max_size=2,
)


def is_endless(template: str) -> bool:
    """Whether the answer may be a stream that stays open, which has no end to wait for."""
    return template.endswith(("/events", "/stream", "/log")) or "/sse/" in template


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a request says enough without being made smaller
)
@given(data=st.data())
async def test_no_request_makes_the_service_fail(place: Place, data):
    if not hasattr(place, "known"):
        job = await place.submit()
        place.known = [job["id"], "01890000-0000-7000-8000-000000000000"]
        place.before = place.kept_files()
        place.all_routes = sorted(
            {
                (route.method, route.resource.canonical)
                for route in place.router.routes()
                if route.method != "HEAD"
            }
        )
    method, template = data.draw(st.sampled_from(place.all_routes))
    names = st.sampled_from(place.known) | st.text(min_size=1, max_size=12)
    path = re.sub(r"\{\w+(?::[^{}]+)?\}", lambda _: quote(data.draw(names), safe=""), template)
    if (method, template) == ("POST", "/api/v1/queue/resume"):
        return  # with the line moving, the known job would end
    query = data.draw(QUERIES)
    if query:
        path += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    method = data.draw(st.sampled_from([method] * 8 + ["PUT", "OPTIONS", "HEAD"]))
    headers, body, kind = data.draw(HEADERS), data.draw(BODIES) or b"", data.draw(TYPES)
    if method in ("GET", "HEAD"):
        body = b""
        if is_endless(template):
            headers["Accept"] = "text/html"  # what is open for ever is tested with the streams
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    request = "\r\n".join([*lines, "", ""]).encode() + body
    answer = await talk(place.port, request, is_head=method == "HEAD")
    assert answer.status < 500 or answer.status == 503, answer.body
    if answer.status >= 400 and method != "HEAD":
        assert answer.headers["content-type"].startswith("application/problem+json"), (request, answer)
        problem = answer.json()
        assert problem["status"] == answer.status
        assert problem["code"]
        assert problem["code"] != "internal"
        assert answer.headers["x-request-id"] == problem["request_id"]
    if answer.status >= 400:
        kept = {
            file["sha256"]
            for page in [await place.get("/api/v1/jobs?limit=500")]
            for job in page["jobs"]
            for file in job["inputs"]
        }
        assert set(place.kept_files()) <= kept
