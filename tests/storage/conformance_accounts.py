"""What every store of accounts must do: a driver's test subclasses `AccountsConformance` and gives `accounts`,
an empty one on a `Clock` that the fixture `clock` is.
"""

from collections.abc import Awaitable

import pytest

from service.model.accounts import ApiToken, AuditEntry, Role, User
from service.model.errors import DeskError
from service.storage.accounts_port import AccountStore, AuditQuery, UserChange
from tests.storage.makers import Clock

HASH = "argon2 of something"
DAY = 86_400.0


def person(name: str, role: Role = Role.MEMBER, identity: str | None = None) -> User:
    """Return somebody who is not written yet."""
    return User(identity or f"id-{name.lower()}", name, role, 1_800_000_000.0)


async def refused(work: Awaitable[object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(DeskError) as caught:
        await work
    return caught.value.code


async def settle(accounts: AccountStore) -> None:
    """Add an admin, a therapist with a patient, another patient and a member."""
    for user in (
        person("Ada", Role.ADMIN),
        person("Theo", Role.THERAPIST),
        person("Pia", Role.PATIENT),
        person("Pete", Role.PATIENT),
        person("Max"),
    ):
        await accounts.add_user(user, HASH)
    await accounts.set_assignment("id-theo", "id-pia", is_assigned=True)


class PeopleConformance:
    """People and assignments, as AccountsConformance asks for them."""

    async def test_somebody_is_found_by_id_and_by_name_however_it_is_written(
        self, accounts: AccountStore
    ) -> None:
        ada = person("Ada Lovelace", Role.ADMIN)
        await accounts.add_user(ada, HASH)
        for who in (ada.id, "ADA  lovelace", "ａｄａ Lovelace"):
            assert await accounts.user(who) == ada
        assert await accounts.credentials("ada lovelace") == (ada, HASH)
        assert await accounts.credentials(ada.id) is None
        assert await accounts.credentials("Ada") is None
        assert await refused(accounts.user("Bob")) == "user_not_found"
        assert await accounts.users() == [ada]

    async def test_a_name_is_one_person_s_alone(self, accounts: AccountStore) -> None:
        await settle(accounts)
        assert await refused(accounts.add_user(person("MAX", identity="other"), HASH)) == "name_taken"
        assert await refused(accounts.change_user("id-pia", UserChange(name="max"))) == "name_taken"
        assert (await accounts.change_user("id-max", UserChange(name="MAX"))).name == "MAX"
        assert [user.name for user in await accounts.users()] == ["Ada", "MAX", "Pete", "Pia", "Theo"]

    async def test_somebody_who_can_administer_always_stays(self, accounts: AccountStore) -> None:
        await settle(accounts)
        assert await refused(accounts.change_user("id-ada", UserChange(role=Role.MEMBER))) == "last_admin"
        assert await refused(accounts.change_user("id-ada", UserChange(is_disabled=True))) == "last_admin"
        assert await refused(accounts.delete_user("id-ada")) == "last_admin"
        assert await accounts.user("ada") == person("Ada", Role.ADMIN)
        await accounts.change_user("id-max", UserChange(role=Role.ADMIN))
        assert (await accounts.change_user("id-ada", UserChange(is_disabled=True))).is_disabled
        assert await refused(accounts.delete_user("id-max")) == "last_admin"
        await accounts.delete_user("id-ada")
        assert await refused(accounts.delete_user("id-ada")) == "user_not_found"
        assert await refused(accounts.change_user("id-ada", UserChange())) == "user_not_found"

    async def test_patients_are_given_to_therapists_and_taken_away(self, accounts: AccountStore) -> None:
        await settle(accounts)
        pia, pete = await accounts.user("Pia"), await accounts.user("Pete")
        assert await accounts.patients() == {"id-theo": [pia]}
        await accounts.set_assignment("id-theo", "id-pete", is_assigned=True)
        await accounts.set_assignment("id-theo", "id-pete", is_assigned=True)
        assert await accounts.patients() == {"id-theo": [pete, pia]}
        await accounts.set_assignment("id-theo", "id-pia", is_assigned=False)
        await accounts.set_assignment("id-theo", "id-pia", is_assigned=False)
        assert await accounts.patients() == {"id-theo": [pete]}
        await accounts.delete_user("id-pete")
        assert await accounts.patients() == {}

    async def test_only_patients_are_given_and_only_to_therapists(self, accounts: AccountStore) -> None:
        await settle(accounts)
        for therapist, patient in (("id-max", "id-pia"), ("id-theo", "id-max"), ("id-pia", "id-pete")):
            assert await refused(accounts.set_assignment(therapist, patient, is_assigned=True)) == "invalid"
        assert await refused(accounts.set_assignment("id-theo", "x", is_assigned=True)) == "user_not_found"

    async def test_assignments_do_not_outlive_the_role_they_came_with(self, accounts: AccountStore) -> None:
        await settle(accounts)
        await accounts.change_user("id-theo", UserChange(role=Role.THERAPIST))
        assert len(await accounts.patients()) == 1
        await accounts.change_user("id-theo", UserChange(role=Role.MEMBER))
        await accounts.change_user("id-theo", UserChange(role=Role.THERAPIST))
        assert await accounts.patients() == {}


class LoginsConformance:
    """Logins and tokens, as AccountsConformance asks for them."""

    async def test_a_login_stands_for_its_person_as_they_are_now(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        await accounts.begin_login("login", "id-theo", HASH, "refresh", clock.at + DAY)
        caller = (await accounts.present(["login", "no login"]))["login"]
        assert (caller.id, caller.name, caller.role) == ("id-theo", "Theo", Role.THERAPIST)
        assert (caller.patients, caller.session_id) == (frozenset({"id-pia"}), "login")
        await accounts.set_assignment("id-theo", "id-pia", is_assigned=False)
        assert (await accounts.present(["login"]))["login"].patients == frozenset()
        await accounts.change_user("id-theo", UserChange(role=Role.MEMBER))
        assert (await accounts.present(["login"]))["login"].role is Role.MEMBER
        assert await accounts.present([]) == {}

    async def test_a_login_is_over_when_it_is_ended_when_its_time_is_or_when_its_person_is_kept_out(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        for number in range(4):
            await accounts.begin_login(f"{number}", "id-max", HASH, f"refresh {number}", clock.at + DAY)
        await accounts.begin_login("pia's", "id-pia", HASH, "refresh of pia", clock.at + 2 * DAY)
        await accounts.end_login("0")
        assert sorted(await accounts.present(["0", "1", "pia's"])) == ["1", "pia's"]
        await accounts.change_user("id-max", UserChange(password_hash="new", keeps_login="2"))
        assert sorted(await accounts.present(["1", "2", "3"])) == ["2"]
        await accounts.change_user("id-max", UserChange(is_disabled=True))
        await accounts.change_user("id-max", UserChange(is_disabled=False))
        assert await accounts.present(["2"]) == {}
        await accounts.begin_login("4", "id-max", "new", "refresh 4", clock.at + DAY)
        await accounts.begin_login("5", "id-max", "new", "refresh 5", clock.at + DAY)
        await accounts.end_logins("id-max")
        assert await accounts.present(["4", "5"]) == {}
        clock.at += 2 * DAY
        assert await accounts.present(["pia's"]) == {}

    async def test_a_login_does_not_begin_when_the_password_or_the_person_is_no_longer_the_one_that_was_checked(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        begin = accounts.begin_login
        assert await refused(begin("a", "id-max", "old hash", "r1", clock.at + DAY)) == "wrong_credentials"
        assert await refused(begin("b", "nobody", HASH, "r2", clock.at + DAY)) == "wrong_credentials"
        await accounts.change_user("id-max", UserChange(is_disabled=True))
        assert await refused(begin("c", "id-max", HASH, "r3", clock.at + DAY)) == "wrong_credentials"
        assert await accounts.present(["a", "b", "c"]) == {}

    async def test_a_password_of_one_s_own_choice_does_not_undo_one_that_was_given_meanwhile(
        self, accounts: AccountStore
    ) -> None:
        await settle(accounts)
        found = await accounts.credentials("max")
        assert found is not None
        await accounts.change_user("id-max", UserChange(password_hash="given"))
        late = UserChange(password_hash="own choice", keeps_login="login", replaces_hash=found[1])
        assert await refused(accounts.change_user("id-max", late)) == "wrong_credentials"
        found = await accounts.credentials("max")
        assert found is not None
        assert found[1] == "given"
        timely = UserChange(password_hash="own choice", keeps_login="login", replaces_hash="given")
        await accounts.change_user("id-max", timely)

    async def test_a_refresh_token_is_spent_once_and_a_spent_one_ends_the_whole_login(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        await accounts.begin_login("login", "id-max", HASH, "first", clock.at + DAY)
        await accounts.begin_login("other", "id-max", HASH, "of other", clock.at + DAY)
        rotated = await accounts.rotate("first", "second", clock.at + 2 * DAY)
        assert rotated.caller is not None
        assert (rotated.caller.id, rotated.caller.session_id) == ("id-max", "login")
        assert (await accounts.rotate("second", "third", clock.at + 2 * DAY)).caller is not None
        stolen = await accounts.rotate("first", "fourth", clock.at + 2 * DAY)
        assert stolen.caller is None
        assert stolen.reused_by is not None
        assert stolen.reused_by.id == "id-max"
        for token in ("third", "fourth", "first"):
            again = await accounts.rotate(token, "fifth", clock.at + 2 * DAY)
            assert (again.caller, again.reused_by) == (None, None)
        assert sorted(await accounts.present(["login", "other"])) == ["other"]
        assert await accounts.login_of("first") == "login"
        assert await accounts.login_of("fifth") is None

    async def test_a_refresh_token_leads_nowhere_after_its_time_and_for_who_is_kept_out(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        await accounts.begin_login("old", "id-max", HASH, "old", clock.at + DAY)
        await accounts.begin_login("pia's", "id-pia", HASH, "pia's", clock.at + 9 * DAY)
        clock.at += DAY
        assert (await accounts.rotate("old", "x", clock.at + DAY)).caller is None
        await accounts.change_user("id-pia", UserChange(is_disabled=True))
        assert (await accounts.rotate("pia's", "y", clock.at + DAY)).caller is None
        assert (await accounts.rotate("never given", "z", clock.at + DAY)).caller is None

    async def test_api_tokens_are_found_by_hash_listed_by_owner_and_end(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        stays = ApiToken("stays", "id-theo", "laptop", "nst_abc", clock.at)
        ends = ApiToken("ends", "id-theo", "for a day", "nst_def", clock.at + 1, clock.at + DAY)
        for token in (stays, ends):
            await accounts.add_token(token, f"hash of {token.id}")
        assert await accounts.tokens("id-theo") == [ends, stays]
        assert await accounts.tokens("id-max") == []
        caller = await accounts.caller_of_token("hash of ends")
        assert caller is not None
        assert (caller.id, caller.means, caller.session_id) == ("id-theo", "api_token", "ends")
        assert (caller.expires_at, caller.patients) == (ends.expires_at, frozenset({"id-pia"}))
        assert sorted(await accounts.present(["stays", "ends"])) == ["ends", "stays"]
        clock.at += DAY
        assert await accounts.caller_of_token("hash of ends") is None
        assert sorted(await accounts.present(["stays", "ends"])) == ["stays"]
        assert await refused(accounts.delete_token("id-max", "stays")) == "token_not_found"
        await accounts.change_user("id-theo", UserChange(is_disabled=True))
        assert await accounts.caller_of_token("hash of stays") is None
        await accounts.change_user("id-theo", UserChange(is_disabled=False))
        assert await accounts.caller_of_token("hash of stays") is not None
        await accounts.change_user("id-theo", UserChange(password_hash="own choice", keeps_login="login"))
        assert await accounts.caller_of_token("hash of stays") is not None
        await accounts.delete_token("id-theo", "stays")
        assert await accounts.caller_of_token("hash of stays") is None
        await accounts.add_token(stays, "hash of stays")
        await accounts.change_user("id-theo", UserChange(password_hash="given"))
        assert await accounts.caller_of_token("hash of stays") is None
        orphan = ApiToken("x", "nobody", "x", "x", clock.at)
        assert await refused(accounts.add_token(orphan, "y")) == "user_not_found"

    async def test_every_change_makes_the_version_higher(self, accounts: AccountStore, clock: Clock) -> None:
        await settle(accounts)
        await accounts.begin_login("login", "id-max", HASH, "refresh", clock.at + DAY)
        await accounts.add_token(ApiToken("token", "id-max", "x", "nst_", clock.at), "hash")
        await accounts.rotate("refresh", "next", clock.at + DAY)
        seen = await accounts.version()
        for change in (
            lambda: accounts.change_user("id-max", UserChange(role=Role.PATIENT)),
            lambda: accounts.set_assignment("id-theo", "id-max", is_assigned=True),
            lambda: accounts.set_assignment("id-theo", "id-max", is_assigned=False),
            lambda: accounts.delete_token("id-max", "token"),
            lambda: accounts.rotate("refresh", "stolen", clock.at + DAY),
            lambda: accounts.end_login("login"),
            lambda: accounts.end_logins("id-max"),
            lambda: accounts.delete_user("id-max"),
        ):
            await change()
            now = await accounts.version()
            assert now > seen
            seen = now


class AccountsConformance(PeopleConformance, LoginsConformance):
    """All of the suite."""

    async def test_the_audit_log_is_read_backwards_in_pages_and_by_what_one_looks_for(
        self, accounts: AccountStore
    ) -> None:
        for number in range(5):
            actor = "id-ada" if number % 2 else None
            await accounts.write_audit(
                AuditEntry(float(number), f"did.{number}", actor, "Ä", f"a{number}", "::1", {"n": number})
            )
        page = await accounts.audit_entries(AuditQuery(limit=2))
        assert [entry.action for entry in page] == ["did.4", "did.3"]
        assert (page[1].actor_id, page[1].actor_name, page[1].about) == ("id-ada", "Ä", "a3")
        assert (page[1].address, page[1].details, page[1].at) == ("::1", {"n": 3}, 3.0)
        rest = await accounts.audit_entries(AuditQuery(before=page[-1].number))
        assert [entry.action for entry in rest] == ["did.2", "did.1", "did.0"]
        assert len(await accounts.audit_entries(AuditQuery(user_id="id-ada"))) == 2
        assert [e.at for e in await accounts.audit_entries(AuditQuery(action="did.0"))] == [0.0]

    async def test_what_is_over_is_forgotten_and_what_goes_on_is_not(
        self, accounts: AccountStore, clock: Clock
    ) -> None:
        await settle(accounts)
        await accounts.begin_login("over", "id-max", HASH, "over", clock.at + DAY)
        await accounts.begin_login("goes on", "id-max", HASH, "first", clock.at + 100 * DAY)
        await accounts.rotate("first", "second", clock.at + 100 * DAY)
        await accounts.add_token(ApiToken("t", "id-max", "x", "nst_", clock.at, clock.at + DAY), "hash")
        for number in range(3):
            await accounts.write_audit(AuditEntry(float(number), "x"))
        await accounts.purge(None)
        assert len(await accounts.audit_entries(AuditQuery())) == 3
        assert await accounts.login_of("over") == "over"
        clock.at += 30 * DAY
        await accounts.purge(1.5)
        assert [entry.at for entry in await accounts.audit_entries(AuditQuery())] == [2.0]
        assert await accounts.login_of("over") is None
        assert await accounts.tokens("id-max") == []
        stolen = await accounts.rotate("first", "third", clock.at + DAY)
        assert stolen.reused_by is not None
