"""What stands at the door, each by itself: tokens, tickets, patience with those who guess, passwords, names."""

import base64
import json
import os
from pathlib import Path

import jwt
import pytest
from argon2 import PasswordHasher

from service.accounts import passwords, throttle, tokens
from service.accounts.passwords import Passwords
from service.accounts.people import checked_name
from service.accounts.throttle import Allowance, LoginThrottle, Throttle, network_of
from service.accounts.tickets import LIFETIME_SECONDS, MAX_OF_ONE, MAX_TICKETS, Tickets
from service.accounts.tokens import Claims
from service.model.accounts import name_key
from service.model.errors import DeskError

KEY = b"k" * 32
NOW = 1_800_000_000.0
CLAIMS = Claims("user", "login", NOW + 10.5)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


# --- access tokens ---


def test_an_access_token_says_what_it_was_given_until_the_very_moment_it_ends() -> None:
    token = tokens.issue(KEY, CLAIMS, NOW)
    assert tokens.read(KEY, token, NOW) == CLAIMS
    assert tokens.read(KEY, token, NOW + 10.49) == CLAIMS
    assert tokens.read(KEY, token, NOW + 10.5) is None


def forged(header: dict[str, object], said: object, key: bytes = b"") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, said)
    ]
    return ".".join([*parts, base64.urlsafe_b64encode(key).decode().rstrip("=")])


SAID = {"sub": "user", "sid": "login", "exp": NOW + 100}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "é.é.é",
        forged({"alg": "none"}, SAID),
        forged({"alg": "None", "typ": "JWT"}, SAID),
        forged({"alg": "HS256"}, SAID),
        jwt.encode(SAID, b"o" * 32, algorithm="HS256"),
        jwt.encode(SAID, KEY * 2, algorithm="HS512"),
        jwt.encode({"sub": "user", "sid": "login"}, KEY, algorithm="HS256"),
        jwt.encode({"sub": "user", "exp": NOW + 100}, KEY, algorithm="HS256"),
        jwt.encode(SAID | {"sid": 7}, KEY, algorithm="HS256"),
        jwt.encode(SAID | {"exp": "never"}, KEY, algorithm="HS256"),
        jwt.encode(SAID, KEY, algorithm="HS256") + "x" * 5000,
    ],
)
def test_a_token_that_is_not_ours_says_nothing(token: str) -> None:
    assert tokens.read(KEY, token, NOW) is None


def test_another_signature_another_body_and_another_algorithm_are_refused_though_the_rest_is_right() -> None:
    head, body, signature = tokens.issue(KEY, CLAIMS, NOW).split(".")
    other = tokens.issue(KEY, Claims("admin", "login", NOW + 10), NOW).split(".")
    assert tokens.read(KEY, f"{head}.{other[1]}.{signature}", NOW) is None
    assert tokens.read(KEY, f"{head}.{body}.{other[2]}", NOW) is None
    assert tokens.read(KEY, jwt.encode(SAID, KEY, algorithm="HS256"), NOW) is not None
    # The same key and the same claims under another algorithm of the same family: pinned means pinned.
    key = KEY * 2
    assert tokens.read(key, jwt.encode(SAID, key, algorithm="HS512"), NOW) is None
    assert tokens.read(key, jwt.encode(SAID, key, algorithm="HS256"), NOW) is not None


def test_the_signing_key_is_made_once_for_its_owner_alone_and_random(tmp_path: Path) -> None:
    key = tokens.signing_key(tmp_path)
    assert len(key) == 32
    assert tokens.signing_key(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]
    if os.name == "posix":
        assert (tmp_path / "signing.key").stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert tokens.signing_key(other) != key


def test_a_signing_key_that_was_cut_off_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "signing.key").write_bytes(b"short")
    with pytest.raises(DeskError) as caught:
        tokens.signing_key(tmp_path)
    assert caught.value.code == "signing_key_unusable"


def test_random_tokens_are_long_differ_and_only_their_hash_tells_them_apart() -> None:
    made = {tokens.random_token() for _ in range(100)} | {tokens.api_token() for _ in range(100)}
    assert len(made) == 200
    assert min(map(len, made)) >= 43
    assert all(len(tokens.digest(token)) == 64 and token not in tokens.digest(token) for token in made)


# --- tickets ---


def test_a_ticket_is_good_once_and_for_a_minute() -> None:
    clock = Clock()
    tickets = Tickets(clock)
    first, second, third = (tickets.give("login", NOW + 5) for _ in range(3))
    taken = tickets.take(first)
    assert taken is not None
    assert (taken.session_id, taken.token_expires_at) == ("login", NOW + 5)
    assert tickets.take(first) is None
    assert tickets.take("no ticket") is None
    clock.at += LIFETIME_SECONDS - 0.01
    assert tickets.take(second) is not None
    clock.at += 0.01
    assert tickets.take(third) is None


def test_tickets_that_nobody_uses_are_bounded_and_forgotten() -> None:
    clock = Clock()
    tickets = Tickets(clock)
    first = tickets.give("login", None)
    for number in range(MAX_TICKETS):
        tickets.give(f"login {number}", None)
    assert len(tickets._given) == MAX_TICKETS
    assert tickets.take(first) is None
    clock.at += LIFETIME_SECONDS
    tickets.give("login", None)
    assert (len(tickets._given), list(tickets._of_login)) == (1, ["login"])


def test_the_tickets_of_one_login_push_out_its_own_and_nobody_else_s() -> None:
    tickets = Tickets(Clock())
    of_pia = tickets.give("pia's", None)
    of_max = [tickets.give("max's", None) for _ in range(MAX_OF_ONE + 1)]
    assert tickets.take(of_max[0]) is None
    assert all(tickets.take(ticket) for ticket in of_max[1:])
    assert tickets.take(of_pia) is not None
    assert (dict(tickets._given), tickets._of_login) == ({}, {})


# --- patience ---


def test_a_bucket_gives_its_burst_then_one_at_a_time() -> None:
    clock = Clock()
    bucket = Throttle(Allowance(3, 10.0), clock)
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 0]
    assert bucket.take("a") == pytest.approx(10)
    clock.at += 4
    assert bucket.take("a") == pytest.approx(6)
    clock.at += 6
    assert (bucket.take("a"), bucket.take("b")) == (0, 0)
    assert bucket.take("a") > 0
    bucket.give_back("a")
    assert bucket.take("a") == 0
    clock.at += 1000
    assert [bucket.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_buckets_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MAX_KEYS", 10)
    bucket = Throttle(Allowance(1, 10.0), Clock())
    for number in range(50):
        bucket.take(str(number))
    assert len(bucket._buckets) == 10
    assert bucket.take("49") > 0


def tries(guard: LoginThrottle, name: str, address: str) -> int:
    """Return how many tries in a row are taken."""
    taken = 0
    with pytest.raises(DeskError) as caught:  # noqa: PT012 (the number of tries is what is asked for)
        while taken < 1000:
            guard.take(name, address)
            taken += 1
    assert caught.value.code == "too_many_requests"
    assert (caught.value.retry_after_seconds or 0) >= 1
    return taken


def test_guessing_is_slowed_for_a_name_and_for_an_address_and_nobody_locks_out_another() -> None:
    guard = LoginThrottle(Clock())
    assert tries(guard, "ada", "192.0.2.1") == 10
    assert tries(guard, "ada", "192.0.2.2") == 10
    assert tries(guard, "max", "192.0.2.1") == 10
    assert sum(tries(guard, f"name {number}", "192.0.2.1") for number in range(20)) == 50 - 20
    assert tries(guard, "ada", "2001:db8::1") == 10
    assert tries(guard, "ada", "2001:db8::2") == 0
    assert tries(guard, "ada", "2001:db8:0:1::2") == 10


def test_the_right_password_costs_nothing() -> None:
    guard = LoginThrottle(Clock())
    for _ in range(100):
        guard.take("ada", "192.0.2.1")
        guard.give_back("ada", "192.0.2.1")
    assert tries(guard, "ada", "192.0.2.1") == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "?"),
        (None, "?"),
        ("/run/desk.sock", "/run/desk.sock"),
    ],
)
def test_an_address_counts_by_what_its_user_cannot_choose(address: str | None, network: str) -> None:
    assert network_of(address) == network


# --- passwords ---


class Counting(PasswordHasher):
    """A hasher that remembers what it was asked to check."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.checked: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 (the library's name)
        self.checked.append(str(hash))
        return super().verify(hash, password)


async def test_a_name_that_nobody_has_is_checked_like_a_wrong_password() -> None:
    hasher = Counting()
    made = Passwords(hasher)
    await made.prepare()
    known = await made.hash("correct horse")
    assert await made.verify(known, "correct horse")
    assert not await made.verify(known, "wrong horse")
    assert not await made.verify(None, "correct horse")
    assert not await made.verify(None, passwords.NOBODY)
    assert len(hasher.checked) == 4

    def parameters(text: str) -> list[str]:
        return text.split("$")[:4]

    assert parameters(hasher.checked[2]) == parameters(known)
    assert parameters(known)[1] == "argon2id"


async def test_a_hash_that_is_none_lets_nobody_in() -> None:
    assert not await Passwords(QUICK).verify("not a hash", "correct horse")


async def test_passwords_are_the_same_on_every_keyboard() -> None:
    made = Passwords(QUICK)
    assert await made.verify(await made.hash("Z\u0061\u0308hne im Glas"), "Z\u00e4hne im Glas")


async def test_too_many_at_once_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MAX_WAITING", 0)
    with pytest.raises(DeskError) as caught:
        await Passwords(QUICK).hash("correct horse")
    assert (caught.value.code, caught.value.retry_after_seconds) == ("too_many_requests", 2)


@pytest.mark.parametrize(("password", "is_fit"), [("1234567", False), ("12345678", True), ("x" * 1024, True),
                                                  ("x" * 1025, False), ("", False)])  # fmt: skip
def test_passwords_have_a_least_and_a_most_length(password: str, is_fit: bool) -> None:
    if is_fit:
        passwords.check(password)
        return
    with pytest.raises(DeskError) as caught:
        passwords.check(password)
    assert [error.pointer for error in caught.value.errors] == ["/password"]


# --- names ---


def test_names_are_kept_as_they_look_and_compared_without_capitals() -> None:
    assert checked_name("  Ada \t Lovelace ") == "Ada Lovelace"
    assert checked_name("ﬁn") == "fin"
    assert name_key("ADA") == name_key("ada") == name_key("ａｄａ")
    assert name_key("Straße") == name_key("STRASSE")


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 65, "a\x00b", "a\u202eb", "01890000-0000-7000-8000-000000000000", "\ud800"]
)
def test_unfit_names_are_refused(name: str) -> None:
    with pytest.raises(DeskError) as caught:
        checked_name(name)
    assert [error.pointer for error in caught.value.errors] == ["/name"]
