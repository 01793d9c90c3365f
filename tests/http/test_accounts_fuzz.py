"""The routes of accounts with junk: never a 500, always a problem document, never a way in."""

import json
import re
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from service.accounts.people import COMMAND_LINE as BY
from tests.http.conftest import Place, Start
from tests.http.people import PASSWORD, Town
from tests.http.raw import talk
from tests.http.test_fuzz import JUNK, TYPES

FIELDS = (
    "username", "name", "password", "new_password", "refresh_token", "everywhere", "role", "is_disabled",
    "patient_id", "expires_in_days",
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "Ada",
        "max",
        PASSWORD,
        "admin",
        "patient",
        "nst_x",
        "a.b.c",
        "x" * 2000,
        "\u0130",
        "\ufb01",
        "\x7f",
        "nan",
    ]
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), WORDS | JUNK, max_size=5)
BODIES = st.one_of(
    st.none(), st.binary(max_size=60), OBJECTS.map(lambda value: json.dumps(value).encode()), st.just(b"{}")
)
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
PROOFS = st.one_of(
    st.none(),
    st.tuples(st.just("Authorization"), VISIBLE | VISIBLE.map(lambda text: f"Bearer {text}")),
    st.tuples(st.just("Cookie"), VISIBLE | VISIBLE.map(lambda text: f"THE_COOKIE={text}")),
    st.just(("Authorization", "ADA")),
    st.just(("Authorization", "MAX")),
)
QUERIES = st.one_of(
    st.just(""), VISIBLE.map(lambda text: f"?ticket={quote(text)}"), st.just("?limit=0&cursor=x")
)
FORWARDED = (
    st.none()
    | VISIBLE
    | st.sampled_from(["https", "[::1", "1.2.3.4:", ",,", "fe80::1%x", "1.2.3.4, [::2]:9"])
)


@pytest.fixture
async def place(start: Start) -> Place:
    town = await Town(await start(accounts=True, trusted_proxies=("127.0.0.1",))).settle()
    place = town.place
    place.cookie = f"nowserving_{place.desk.store.epoch}_{place.port}"
    place.has_changed = False
    place.tokens = {
        name: (await town.people.make_token(BY, town.users[name], "t"))[1] for name in ("Ada", "Max")
    }
    place.routes = sorted(
        {
            (route.method, route.resource.canonical)
            for route in place.router.routes()
            if re.match(r"/api/v1/(auth|users|audit)", route.resource.canonical) and route.method != "HEAD"
        }
    )
    return place


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(data=st.data())
async def test_no_request_about_accounts_makes_the_service_fail_or_lets_somebody_in(place: Place, data):
    method, template = data.draw(st.sampled_from(place.routes))
    names = st.sampled_from(["Ada", "max", "x"]) | st.text(min_size=1, max_size=12)
    path = re.sub(r"\{\w+\}", lambda _: quote(data.draw(names), safe=""), template) + data.draw(QUERIES)
    body, kind, proof = data.draw(BODIES) or b"", data.draw(TYPES), data.draw(PROOFS)
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Length: {len(body)}",
    ]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    if forwarded := data.draw(FORWARDED):
        lines += [f"X-Forwarded-For: {forwarded}", f"X-Forwarded-Proto: {forwarded}"]
    who = None
    if proof is not None:
        name, value = proof
        who = {"ADA": "Ada", "MAX": "Max"}.get(value)
        value = f"Bearer {place.tokens[who]}" if who else value.replace("THE_COOKIE", place.cookie)
        lines.append(f"{name}: {value}")
    answer = await talk(place.port, "\r\n".join([*lines, "", ""]).encode() + body)
    assert answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["code"] not in ("internal", None)
    if answer.status == 404 and answer.json()["code"] == "not_found":
        return  # a name such as `{` or `..` is part of no path
    is_open = template.endswith(("/door", "/login", "/refresh", "/logout"))
    if who is None and not is_open:
        assert answer.status == 401
    if who is not None and answer.status < 300 and method != "GET":
        place.has_changed = True  # Ada may delete Max, and each may end their own logins
    if who is not None and not is_open and answer.status == 401:
        assert place.has_changed
        return
    if who == "Max" and re.match(r"/api/v1/(users|audit)", path):
        assert answer.status == 403
