"""Signing in, staying signed in, signing out: over real sockets, with scripts and with browsers."""

import logging
from http.cookies import SimpleCookie

import pytest
from structlog.testing import capture_logs

from service.accounts import passwords
from service.accounts.passwords import HASHER
from service.accounts.people import COMMAND_LINE
from service.http.keys import DOORKEEPER
from tests.http.conftest import Place, Start
from tests.http.people import PASSWORD, Person, Town

AUTH = "/api/v1/auth"
ME = f"{AUTH}/me"


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


async def status_of(
    place: Place, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str]:
    """Return the status and the code of an answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with place.http.request(method, path, json=body, headers=sent) as answer:
        text = await answer.read()
        return answer.status, (await answer.json())["code"] if answer.status >= 400 and text else ""


async def kept_cookies(place: Place, **headers: str) -> SimpleCookie:
    """Sign Max in and return the cookies that a browser gets."""
    body = {"username": "Max", "password": PASSWORD}
    async with place.http.post(f"{AUTH}/login", json=body, headers=headers) as answer:
        assert answer.status == 200
        return answer.cookies


def sent_back(cookies: SimpleCookie) -> str:
    """Return the Cookie header of a browser that has these."""
    return "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())


# --- signing in ---


async def test_a_login_gives_tokens_and_says_who_one_is(town: Town) -> None:
    granted = await town.login("max")
    assert (granted["token_type"], granted["expires_in"], granted["refresh_expires_in"]) == (
        "Bearer",
        1800,
        1_209_600,
    )
    assert granted["user"] == town.users["Max"].to_json()
    me = await Person(town.place, granted, town.users["Max"]).call("GET", ME, 200)
    assert (me["accounts"], me["user"]["name"], me["user"]["role"], me["means"]) == (
        True,
        "Max",
        "member",
        "bearer",
    )
    assert me["expires_at"].endswith("Z")


async def test_names_are_read_without_capitals_and_either_field_is_taken(town: Town) -> None:
    for body in ({"username": "ＭＡＸ"}, {"name": " max "}):
        granted = await town.place.post(f"{AUTH}/login", body | {"password": PASSWORD}, 200)
        assert granted["user"]["name"] == "Max"
    for body in ({}, {"username": "Max", "name": "Max"}):
        await town.place.post(f"{AUTH}/login", body | {"password": PASSWORD}, 422)


async def test_unknown_wrong_and_disabled_are_answered_and_checked_alike(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    passwords = town.place.app[DOORKEEPER].people.passwords
    verify = passwords._verify

    def counted(known: str | None, password: str) -> bool:
        checked.append("a hash" if known else "the dummy")
        return verify(known, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    await town.people.change(COMMAND_LINE, "Pete", is_disabled=True)
    answers = []
    for name, password in (("nobody", PASSWORD), ("Max", "wrong horse"), ("Pete", PASSWORD)):
        body = {"username": name, "password": password}
        answers.append(await town.place.post(f"{AUTH}/login", body, 401))
    assert checked == ["the dummy", "a hash", "a hash"]
    for answer in answers:
        del answer["request_id"]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["code"] == "wrong_credentials"
    assert passwords._dummy_hash().split("$")[:4] == HASHER.hash("x").split("$")[:4]


async def test_who_guesses_has_to_wait_and_the_right_password_waits_too(town: Town) -> None:
    for _ in range(10):
        assert await status_of(town.place, "POST", f"{AUTH}/login", {"name": "Max", "password": "x"}) == (
            401,
            "wrong_credentials",
        )
    body = {"name": "MAX", "password": PASSWORD}
    async with town.place.http.post(f"{AUTH}/login", json=body) as answer:
        assert (answer.status, (await answer.json())["code"]) == (429, "too_many_requests")
        assert 0 < int(answer.headers["Retry-After"]) <= 30
    await town.login("Mia")


async def test_every_refusal_for_want_of_a_login_says_how_to_prove_who_one_is(town: Town) -> None:
    for header in (None, "Bearer", "Bearer x", "Bearer nst_x", "Basic TWF4Og==", "bearer \u00e9"):
        sent = {} if header is None else {"Authorization": header}
        async with town.place.http.get("/api/v1/jobs", headers=sent) as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="nowserving"')
            assert (await answer.json())["code"] == "unauthorized"


async def test_a_crowd_at_the_door_costs_nobody_a_try(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"name": "Max", "password": PASSWORD}
    with monkeypatch.context() as crowd:
        crowd.setattr(passwords, "MAX_WAITING", 0)
        for _ in range(11):
            async with town.place.http.post(f"{AUTH}/login", json=body) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    await town.login("Max")


# --- browsers ---


async def test_a_browser_gets_cookies_that_no_script_and_no_other_site_can_use(town: Town) -> None:
    cookies = await kept_cookies(town.place)
    name = f"nowserving_{town.place.desk.store.epoch}_{town.place.port}"
    assert sorted(cookies) == [name, f"{name}_refresh"]
    for cookie in cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Strict", "")
    assert (cookies[name]["path"], cookies[f"{name}_refresh"]["path"]) == ("/", "/api/v1/auth")
    assert (cookies[name]["max-age"], cookies[f"{name}_refresh"]["max-age"]) == ("1800", "1209600")


async def test_behind_https_the_cookies_never_travel_in_the_clear(town: Town) -> None:
    cookies = await kept_cookies(town.place, Origin=f"https://127.0.0.1:{town.place.port}")
    assert all(cookie["secure"] for cookie in cookies.values())


async def test_a_cookie_is_enough_to_read_and_to_change_it_takes_a_page_of_ours(town: Town) -> None:
    place, cookie = town.place, sent_back(await kept_cookies(town.place))
    me = await place.get(ME, Cookie=cookie)
    assert (me["user"]["name"], me["means"]) == ("Max", "cookie")
    job = {"kind": "demo"}
    own = f"http://127.0.0.1:{place.port}"
    for headers, expected in (
        ({}, (403, "cross_origin")),
        ({"Origin": "https://evil.example"}, (403, "cross_origin")),
        ({"Origin": "null"}, (403, "cross_origin")),
        ({"Sec-Fetch-Site": "cross-site"}, (403, "cross_origin")),
        ({"Origin": own}, (202, "")),
        ({"Sec-Fetch-Site": "same-origin"}, (202, "")),
    ):
        assert await status_of(place, "POST", "/api/v1/jobs", job, Cookie=cookie, **headers) == expected, (
            headers
        )


async def test_a_token_in_the_header_needs_no_page(town: Town) -> None:
    max_ = await town.as_("Max")
    await max_.submit()


async def test_a_bad_token_in_the_header_is_not_made_good_by_a_cookie(town: Town) -> None:
    cookie = sent_back(await kept_cookies(town.place))
    await town.place.get(ME, 401, Cookie=cookie, Authorization="Bearer wrong")


async def test_a_web_socket_is_not_opened_from_another_site_s_page(town: Town) -> None:
    cookie = sent_back(await kept_cookies(town.place))
    headers = {
        "Cookie": cookie,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Origin": "https://evil.example",
    }
    async with town.place.http.get("/api/v1/events", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, "cross_origin")


async def test_another_desk_on_the_machine_takes_no_notice_of_the_cookies(town: Town, start: Start) -> None:
    other = await Town(await start(accounts=True)).settle()
    await other.place.get(ME, 401, Cookie=sent_back(await kept_cookies(town.place)))


# --- refreshing ---


async def test_a_refresh_token_gives_the_next_and_is_spent(town: Town) -> None:
    first = await town.login("Max")
    second = await town.place.post(f"{AUTH}/refresh", {"refresh_token": first["refresh_token"]}, 200)
    assert second["refresh_token"] != first["refresh_token"]
    assert second["user"]["name"] == "Max"
    for granted in (first, second):
        await Person(town.place, granted, town.users["Max"]).call("GET", ME, 200)


async def test_a_stolen_refresh_token_ends_the_whole_login_and_is_written_down(town: Town) -> None:
    first = await town.login("Max")
    elsewhere = await town.as_("Max")
    second = await town.place.post(f"{AUTH}/refresh", {"refresh_token": first["refresh_token"]}, 200)
    spent = await town.place.post(f"{AUTH}/refresh", {"refresh_token": first["refresh_token"]}, 401)
    assert spent["code"] == "unauthorized"
    await town.place.post(f"{AUTH}/refresh", {"refresh_token": second["refresh_token"]}, 401)
    for granted in (first, second):
        await Person(town.place, granted, town.users["Max"]).call("GET", ME, 401)
    await elsewhere.call("GET", ME, 200)
    ada = await town.as_("Ada")
    log = await ada.call("GET", "/api/v1/audit?action=refresh.reused", 200)
    assert [entry["about"] for entry in log["entries"]] == [town.users["Max"].id]


async def test_a_browser_refreshes_by_cookie_from_our_own_page_only(town: Town) -> None:
    place, cookies = town.place, await kept_cookies(town.place)
    cookie = sent_back(cookies)
    assert await status_of(place, "POST", f"{AUTH}/refresh", {}, Cookie=cookie) == (403, "cross_origin")
    own = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{place.port}"}
    async with place.http.post(f"{AUTH}/refresh", headers=own) as answer:
        assert answer.status == 200
        renewed = answer.cookies
    assert sorted(renewed) == sorted(cookies)
    await place.get(ME, Cookie=sent_back(renewed))
    assert await status_of(place, "POST", f"{AUTH}/refresh", {}) == (401, "unauthorized")


# --- signing out ---


async def test_a_logout_ends_this_login_at_once_and_no_other(town: Town) -> None:
    here, elsewhere = await town.as_("Max"), await town.as_("Max")
    async with town.place.http.post(f"{AUTH}/logout", headers=here.header) as answer:
        assert answer.status == 204
        assert {cookie.value for cookie in answer.cookies.values()} == {""}
        assert {cookie["max-age"] for cookie in answer.cookies.values()} == {"0"}
    await here.call("GET", ME, 401)
    await town.place.post(f"{AUTH}/refresh", {"refresh_token": here.granted["refresh_token"]}, 401)
    await elsewhere.call("GET", ME, 200)


async def test_a_logout_everywhere_ends_every_login_of_that_person(town: Town) -> None:
    persons = [await town.as_("Max") for _ in range(3)]
    mia = await town.as_("Mia")
    await persons[0].call("POST", f"{AUTH}/logout", 204, {"everywhere": True})
    for person in persons:
        await person.call("GET", ME, 401)
    await mia.call("GET", ME, 200)


async def test_a_logout_after_the_access_token_s_end_still_ends_the_login(town: Town) -> None:
    granted = await town.login("Max")
    await status_of(town.place, "POST", f"{AUTH}/logout", {"refresh_token": granted["refresh_token"]})
    await town.place.post(f"{AUTH}/refresh", {"refresh_token": granted["refresh_token"]}, 401)
    assert await status_of(town.place, "POST", f"{AUTH}/logout") == (204, "")


# --- passwords and tokens of one's own ---


async def test_a_new_password_ends_the_other_logins(town: Town) -> None:
    here, elsewhere = await town.as_("Max"), await town.as_("Max")
    path = f"{AUTH}/password"
    await here.call("POST", path, 401, {"password": "wrong horse", "new_password": "battery staple"})
    await here.call("POST", path, 422, {"password": PASSWORD, "new_password": "short"})
    await here.call("POST", path, 204, {"password": PASSWORD, "new_password": "battery staple"})
    await here.call("GET", ME, 200)
    await elsewhere.call("GET", ME, 401)
    await town.login("Max", "battery staple")
    await town.place.post(f"{AUTH}/login", {"name": "Max", "password": PASSWORD}, 401)


async def test_an_api_token_is_shown_once_and_has_the_rights_of_its_owner(town: Town) -> None:
    max_ = await town.as_("Max")
    made = await max_.call("POST", f"{AUTH}/tokens", 201, {"name": "laptop", "expires_in_days": 1})
    listed = (await max_.call("GET", f"{AUTH}/tokens", 200))["tokens"]
    text = made.pop("token")
    assert listed == [made]
    assert text.startswith("nst_")
    assert text.startswith(made["prefix"])
    script = Person(town.place, {"access_token": text}, town.users["Max"])
    me = await script.call("GET", ME, 200)
    assert (me["means"], me["user"]["name"], me["expires_at"]) == ("api_token", "Max", made["expires_at"])
    job = await script.submit()
    assert (await max_.call("GET", f"/api/v1/jobs/{job['id']}", 200))["id"] == job["id"]
    await script.call("GET", "/api/v1/users", 403)
    await script.call("POST", f"{AUTH}/tokens", 403, {"name": "another"})
    await script.call(
        "POST", f"{AUTH}/password", 403, {"password": PASSWORD, "new_password": "battery staple"}
    )
    mia = await town.as_("Mia")
    await mia.call("DELETE", f"{AUTH}/tokens/{made['id']}", 404)
    await max_.call("DELETE", f"{AUTH}/tokens/{made['id']}", 204)
    await script.call("GET", ME, 401)


# --- off ---


async def test_without_accounts_everything_is_as_it_was_and_the_routes_say_so(place: Place) -> None:
    assert (await place.get(ME)) == {
        "accounts": False,
        "user": {"id": None, "name": "local", "role": "admin"},
        "patients": [],
        "means": "local",
        "expires_at": None,
    }
    await place.get("/api/v1/jobs")
    for method, path, body in (
        ("POST", f"{AUTH}/login", {"name": "a", "password": "b"}),
        ("POST", f"{AUTH}/refresh", {}),
        ("POST", f"{AUTH}/logout", {}),
        ("POST", f"{AUTH}/ticket", {}),
        ("GET", f"{AUTH}/tokens", None),
        ("GET", "/api/v1/users", None),
        ("GET", "/api/v1/audit", None),
    ):
        assert await status_of(place, method, path, body) == (409, "accounts_off"), path


# --- what is never told ---


async def test_no_secret_reaches_the_log(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        max_ = await town.as_("Max")
        ticket = (await max_.call("POST", f"{AUTH}/ticket", 201))["ticket"]
        made = await max_.call("POST", f"{AUTH}/tokens", 201, {"name": "laptop"})
        headers = {"Accept": "text/html"}
        for path in (f"/api/v1/events?ticket={ticket}", f"/api/v1/events?TICKET={ticket}&after=1"):
            async with town.place.http.get(path, headers=headers) as answer:
                await answer.read()
        refresh = {"refresh_token": max_.granted["refresh_token"]}
        for status in (200, 401):
            await town.place.post(f"{AUTH}/refresh", refresh, status)
        await status_of(town.place, "POST", f"{AUTH}/login", {"name": "Max", "password": "s3cret word"})
    told = repr(logs) + caplog.text
    assert "/api/v1/events?ticket=" in told
    secrets = (
        ticket,
        made["token"],
        max_.granted["access_token"],
        refresh["refresh_token"],
        "s3cret word",
        PASSWORD,
    )
    for secret in secrets:
        assert secret not in told


async def test_the_door_tells_a_stranger_what_to_do_and_refuses_nobody(town: Town) -> None:
    door = "/api/v1/auth/door"
    assert await town.place.get(door) == {"accounts": True, "signed_in": False, "renewable": False}
    cookie = sent_back(await kept_cookies(town.place))
    assert await town.place.get(door, Cookie=cookie) == {
        "accounts": True,
        "signed_in": True,
        "renewable": True,
    }
    assert (await town.place.get(door, Cookie="nowserving_x=y"))["signed_in"] is False


async def test_a_desk_without_accounts_has_its_door_open(start: Start) -> None:
    place = await start()
    told = await place.get("/api/v1/auth/door")
    assert told == {"accounts": False, "signed_in": True, "renewable": False}
