"""Behind a reverse proxy: whose address counts, and when the browser speaks HTTPS though the desk does not."""

from tests.http.conftest import Place, Start
from tests.http.people import PASSWORD, Person, Town

LOGIN = "/api/v1/auth/login"


async def town_behind(start: Start, *proxies: str) -> Town:
    return await Town(await start(accounts=True, trusted_proxies=proxies)).settle()


async def tried(place: Place, password: str, *forwarded: str) -> int:
    """Return how a login of Max is answered that proxies sent on with these headers."""
    headers = [("X-Forwarded-For", one) for one in forwarded]
    body = {"username": "Max", "password": password}
    async with place.http.post(LOGIN, json=body, headers=headers) as answer:
        return answer.status


async def last_address(ada: Person) -> str:
    """Return from where the newest entry of the audit log is."""
    return str((await ada.call("GET", "/api/v1/audit?limit=1", 200))["entries"][0]["address"])


async def test_who_guesses_behind_a_trusted_proxy_keeps_nobody_else_out(start: Start) -> None:
    town = await town_behind(start, "127.0.0.0/8", "::1")
    guesses = [await tried(town.place, "wrong", "203.0.113.7") for _ in range(11)]
    assert guesses == [401] * 10 + [429]
    assert await tried(town.place, PASSWORD, "203.0.113.8") == 200


async def test_nobody_gets_more_tries_by_a_header_that_no_trusted_proxy_wrote(start: Start) -> None:
    for proxies in ((), ("198.51.100.0/24",)):
        town = await town_behind(start, *proxies)
        guesses = [await tried(town.place, "wrong", f"203.0.113.{number}") for number in range(11)]
        assert guesses == [401] * 10 + [429]


FORWARDED = [
    (["203.0.113.7"], "203.0.113.7"),
    (["1.1.1.1, 203.0.113.7"], "203.0.113.7"),  # what the client itself wrote stands to the left
    (["1.1.1.1", "203.0.113.7"], "203.0.113.7"),  # one header in two lines
    (["203.0.113.7, 10.0.0.5, 10.0.0.6"], "203.0.113.7"),
    (["10.0.0.5, 10.0.0.6"], "10.0.0.5"),  # somebody within the trusted network
    (["203.0.113.7:4711"], "203.0.113.7"),
    (["[2001:db8::7]:4711"], "2001:db8::7"),
    (["2001:db8::7"], "2001:db8::7"),
    (["::ffff:203.0.113.7"], "203.0.113.7"),
    (["203.0.113.7, unknown"], "127.0.0.1"),
    (["203.0.113.7, <script>, 10.0.0.5"], "10.0.0.5"),
    ([", ,"], "127.0.0.1"),
    ([""], "127.0.0.1"),
    ([], "127.0.0.1"),
    ([", ".join(["10.0.0.5"] * 500)], "10.0.0.5"),
]


async def test_the_address_is_the_first_from_the_right_that_is_no_proxy_s(start: Start) -> None:
    town = await town_behind(start, "127.0.0.1", "10.0.0.0/24")
    ada = await town.as_("Ada")
    for forwarded, address in FORWARDED:
        assert await tried(town.place, "wrong", *forwarded) == 401
        assert await last_address(ada) == address, forwarded


async def cookies_are_secure(place: Place, **headers: str) -> bool:
    body = {"username": "Max", "password": PASSWORD}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with place.http.post(LOGIN, json=body, headers=sent) as answer:
        assert answer.status == 200, await answer.text()
        return all(cookie["secure"] for cookie in answer.cookies.values())


async def test_a_trusted_proxy_says_that_the_browser_speaks_https(start: Start) -> None:
    place = (await town_behind(start, "127.0.0.1")).place
    assert await cookies_are_secure(place, X_Forwarded_Proto="https")
    assert await cookies_are_secure(place, X_Forwarded_Proto="http, HTTPS")
    assert not await cookies_are_secure(place, X_Forwarded_Proto="http")
    assert not await cookies_are_secure(place, X_Forwarded_Proto="gopher")
    place = (await town_behind(start)).place
    assert not await cookies_are_secure(place, X_Forwarded_Proto="https")


async def test_where_pages_come_by_https_a_page_of_the_same_name_by_http_is_another_site(
    start: Start,
) -> None:
    place = (await town_behind(start, "127.0.0.1")).place
    for scheme, status in (("https", 401), ("http", 403)):
        headers = {"Origin": f"{scheme}://127.0.0.1:{place.port}", "X-Forwarded-Proto": "https"}
        body = {"username": "Max", "password": "wrong"}
        async with place.http.post(LOGIN, json=body, headers=headers) as answer:
            assert answer.status == status
