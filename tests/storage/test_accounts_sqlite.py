"""The SQLite driver of accounts passes the conformance suite; beside it, what is SQLite's own."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.model.accounts import ApiToken, Role
from service.storage.accounts_port import UserChange
from service.storage.sqlite.accounts import SqliteAccounts
from service.storage.sqlite.migrate import migrate
from service.storage.sqlite.store import SqliteStore
from tests.storage.conformance_accounts import HASH, AccountsConformance, person, settle
from tests.storage.makers import Clock, new_job

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "desk.db", MIGRATIONS, clock)
    yield opened
    await opened.close()


@pytest.fixture
def accounts(store: SqliteStore) -> SqliteAccounts:
    return store.accounts


class TestSqliteAccounts(AccountsConformance):
    """All of the suite."""


async def test_the_command_line_and_a_server_share_one_database(
    store: SqliteStore, accounts: SqliteAccounts, tmp_path: Path, clock: Clock
) -> None:
    await settle(accounts)
    await accounts.begin_login("login", "id-max", HASH, "refresh", clock.at + 1000)
    beside = await SqliteAccounts.open(tmp_path / "desk.db")
    try:
        await store.create([new_job()])
        seen = await accounts.version()
        await beside.add_user(person("Mia"), HASH)
        await beside.change_user("id-max", UserChange(is_disabled=True))
        await store.create([new_job()])
        assert await accounts.present(["login"]) == {}
        assert (await accounts.user("Mia")).role is Role.MEMBER
        assert await accounts.version() > seen
    finally:
        await beside.close()


async def test_no_secret_is_in_the_database(
    store: SqliteStore, accounts: SqliteAccounts, clock: Clock
) -> None:
    """Hashes come in from outside; here it is held that nothing else has a column to be in."""
    await settle(accounts)
    await accounts.begin_login("login", "id-max", HASH, "hash of refresh", clock.at + 9)
    await accounts.add_token(ApiToken("t", "id-max", "laptop", "nst_abcdef", clock.at), "hash of token")

    def columns(db: sqlite3.Connection) -> dict[str, set[str]]:
        tables = ("users", "logins", "refresh_tokens", "api_tokens", "audit")
        return {table: {row[1] for row in db.execute(f"PRAGMA table_info({table})")} for table in tables}

    found = await store.read(columns)
    assert found["users"] >= {"password_hash"}
    for table, names in found.items():
        assert not names & {"password", "token", "secret", "refresh_token"}, table


def test_a_database_from_before_accounts_is_brought_up_with_its_jobs(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for file in sorted(MIGRATIONS.glob("000[123]_*.sql")):
        (old / file.name).write_text(file.read_text("utf-8"), "utf-8")
    path = tmp_path / "desk.db"
    assert migrate(path, old) == [1, 2, 3]
    before = sqlite3.connect(path)
    before.execute(
        "INSERT INTO jobs (id, kind, kind_version, title, status, lane, rank, created_at)"
        " VALUES ('j', 'demo', 1, 't', 'queued', 'main', 1, 0)"
    )
    before.commit()
    before.close()
    assert migrate(path, MIGRATIONS)[0] == 4
    after = sqlite3.connect(path)
    assert after.execute("SELECT id, owner FROM jobs").fetchall() == [("j", None)]
    assert after.execute("SELECT value FROM meta WHERE key = 'accounts_version'").fetchall() == [("0",)]
    after.close()
