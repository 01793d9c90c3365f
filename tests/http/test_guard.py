"""Strange hosts, strange sites, and the headers that keep browsers safe."""

import pytest
from aiohttp import web
from yarl import URL

from service.config import Config
from service.http.guard import guards, host_check, sharing
from service.http.middleware import (
    CONTENT_SECURITY_POLICY,
    add_headers,
    answer_errors,
    log_requests,
    redacted,
)
from tests.http.conftest import Start
from tests.http.raw import talk

ORIGIN = "https://friend.example"


@pytest.fixture
async def port(aiohttp_server):
    async def answer(request):
        if request.query.get("break"):
            raise RuntimeError("a secret detail")
        return web.json_response({"ok": True})

    config = Config(allowed_hosts=("desk.example",), allowed_origins=(ORIGIN,))
    app = web.Application(middlewares=[log_requests, answer_errors, guards(config)])
    app.on_response_prepare.append(sharing(config))
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/", answer)
    app.router.add_post("/", answer)
    return (await aiohttp_server(app)).port


def request(method="GET", path="/", host="localhost", **headers):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Content-Length: 0"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8787", "127.0.0.1:1", "127.9.9.9", "[::1]:80", "[::1]", "app.localhost", "localhost.",
     "desk.example", "DESK.example:443"],
)  # fmt: skip
async def test_names_of_this_machine_and_allowed_names_are_served(port, host):
    assert (await talk(port, request(host=host))).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:8787", "0.0.0.0", "[::2]", "",
     "localhost@evil.example", "evil.example@localhost", "localhost/evil", "localhost:port", "10.0.0.1", "a b", "[::1",
     "desk.example.evil.example", "xdesk.example", "127.0.0.1%2eevil.example"],
)  # fmt: skip
async def test_other_names_are_refused_against_dns_rebinding(port, host):
    for method in ("GET", "POST", "OPTIONS"):
        answer = await talk(port, request(method, host=host))
        assert (answer.status, answer.json()["code"]) == (403, "host_not_allowed")


async def test_a_name_in_the_request_line_counts_as_well_as_the_one_in_the_header(port):
    for path, status in [
        ("http://evil.example/", 403),
        ("http://localhost/", 200),
        ("http://[::1]:80/", 200),
    ]:
        assert (await talk(port, request(path=path))).status == status
        assert (await talk(port, request(path=path, host="evil.example"))).status == 403


def test_the_bound_address_is_known_but_a_wildcard_is_no_name():
    assert host_check(Config(host="192.168.1.5"))("192.168.1.5:8787")
    assert not host_check(Config(host="0.0.0.0"))("0.0.0.0")
    assert not host_check(Config(host="::"))("[::]:80")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost", "Sec_Fetch_Site": "same-origin"},
        {"Origin": ORIGIN, "Sec_Fetch_Site": "cross-site"},
    ],
)
async def test_own_pages_programs_and_friends_may_change_things(port, headers):
    assert (await talk(port, request("POST", **headers))).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "null", "Sec_Fetch_Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": ""},
        {"Origin": "http://localhost", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "anything"},
        {"Origin": f"{ORIGIN}.evil.example"},
        {"Origin": f"{ORIGIN}:444"},
    ],
)
async def test_other_sites_may_not_change_anything(port, headers):
    for method in ("POST", "DELETE", "PUT"):
        answer = await talk(port, request(method, **headers))
        assert (answer.status, answer.json()["code"]) == (403, "cross_origin")


async def test_reading_is_not_shared_with_other_origins(port):
    answer = await talk(port, request(Origin="http://evil.example"))
    assert answer.status == 200
    assert not any(name.startswith("access-control") for name in answer.headers)
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_configured_origin_gets_cors_and_its_preflight(port):
    answer = await talk(port, request(Origin=ORIGIN))
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "Origin"
    preflight = await talk(port, request("OPTIONS", Origin=ORIGIN, Access_Control_Request_Method="POST"))
    assert preflight.status == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    stranger = await talk(port, request("OPTIONS", Origin="http://evil.example"))
    assert "access-control-allow-origin" not in stranger.headers


async def test_a_configured_origin_reads_refusals_and_streams_too(start: Start):
    place = await start(allowed_origins=(ORIGIN,))
    for path, status in (("/api/v1/jobs/none", 404), ("/nowhere", 404), ("/api/v1/events", 200)):
        for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
            async with place.http.get(path, headers={"Origin": origin}) as answer:
                assert answer.status == status
                assert answer.headers.get("Access-Control-Allow-Origin") == allowed, path
                assert answer.headers["Cross-Origin-Resource-Policy"] == (
                    "cross-origin" if allowed else "same-origin"
                )
    async with place.http.post("/api/v1/jobs", json={}, headers={"Origin": ORIGIN}) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (422, ORIGIN)


async def test_options_tells_the_methods_of_a_path_that_exists(port):
    answer = await talk(port, request("OPTIONS"))
    assert answer.status == 204
    assert set(answer.headers["allow"].split(",")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert (await talk(port, request("OPTIONS", "/nothing"))).status == 404


async def test_every_answer_carries_the_headers_that_keep_browsers_safe(port):
    for path in ("/", "/nothing", "/?break=1"):
        headers = (await talk(port, request(path=path))).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


async def test_aiohttps_own_refusals_are_problem_documents_too(port):
    missing = await talk(port, request(path="/nothing"))
    assert (missing.status, missing.json()["code"]) == (404, "not_found")
    wrong = await talk(port, request("DELETE"))
    assert (wrong.status, wrong.json()["code"]) == (405, "method_not_allowed")
    assert set(wrong.headers["allow"].split(",")) == {"GET", "HEAD", "POST"}
    assert missing.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("path", ["/", "/nothing"])
async def test_an_expectation_that_nobody_knows_is_a_problem_document(port, path):
    answer = await talk(port, request(path=path, Expect="miracles"))
    assert answer.status in (200, 404, 417)  # a GET without a body has nothing to expect
    refused = await talk(port, request("PUT", path=path, Expect="miracles"))
    assert (refused.status, refused.json()["code"]) == (417, "expectation_failed")
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert refused.headers["x-request-id"] == refused.json()["request_id"]


async def test_an_unexpected_error_is_internal_and_tells_nothing_of_itself(port):
    answer = await talk(port, request(path="/?break=1"))
    assert (answer.status, answer.json()["code"]) == (500, "internal")
    assert b"secret" not in answer.body
    assert b"RuntimeError" not in answer.body
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("given", "is_kept"), [("abc-123_x.y", True), ("a" * 65, False), ("a b", False), ('"><script>', False)]
)
async def test_a_sane_request_id_is_kept(port, given, is_kept):
    answer = await talk(port, request(X_Request_ID=given))
    assert (answer.headers["x-request-id"] == given) is is_kept


def test_tickets_and_tokens_are_not_logged():
    url = URL("/api/v1/events?ticket=very-secret&after=e-1&Access_Token=also")
    assert "very-secret" not in redacted(url)
    assert "also" not in redacted(url)
    assert "after=e-1" in redacted(url)
    for text in (
        "/events;ticket=very-secret",
        "/events?after=e-1;Ticket=very-secret;x=1",
        "/events?%74icket=very-secret",
        "/?a=1&ticket=very%20secret&ticket=very-secret",
        "/?refresh_token=very-secret",
        "/?username=very-secret",
    ):
        assert "secret" not in redacted(URL(text))
    assert redacted(URL("/events?my_ticket=7;x=1")) == "/events?my_ticket=7;x=1"
