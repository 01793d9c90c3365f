"""The SQLite driver passes the conformance suite; beside it, what is SQLite's own."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.model.errors import DeskError
from service.storage.port import JobQuery, Store
from service.storage.sqlite.migrate import migrate, migrations_in
from service.storage.sqlite.store import SqliteStore
from tests.storage.conformance import Reopen, StoreConformance
from tests.storage.makers import Clock, new_job, running

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[list[SqliteStore]]:
    stores = [await SqliteStore.open(tmp_path / "desk.db", MIGRATIONS, Clock())]
    yield stores
    await stores[-1].close()


@pytest.fixture
def store(opened: list[SqliteStore]) -> SqliteStore:
    return opened[0]


@pytest.fixture
def reopen(opened: list[SqliteStore], tmp_path: Path) -> Reopen:
    async def again() -> Store:
        await opened[-1].close()
        opened.append(await SqliteStore.open(tmp_path / "desk.db", MIGRATIONS, Clock()))
        return opened[-1]

    return again


class TestSqliteStore(StoreConformance):
    """All of the suite."""


async def test_every_connection_has_the_pragmas(store: SqliteStore) -> None:
    def pragmas(db: sqlite3.Connection) -> list[int | str]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await store.read(pragmas) == ["wal", 2, 1, 10000, 1]
    written = await store._database.write(lambda tx: pragmas(tx.connection))
    assert written == ["wal", 2, 1, 10000, 0]


async def test_a_reader_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(lambda db: db.execute("DELETE FROM jobs"))


async def test_the_schema_refuses_what_the_life_of_a_job_forbids(store: SqliteStore) -> None:
    job = await running(store)
    for wrong in (
        "UPDATE jobs SET status = 'completed' WHERE id = ?",
        "UPDATE jobs SET rank = 5 WHERE id = ?",
        "UPDATE jobs SET status = 'queued' WHERE id = ?",
        "UPDATE jobs SET status = 'failed', finished_at = 1.0 WHERE id = ?",
        "UPDATE jobs SET status = 'lost' WHERE id = ?",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            await store._database.write(lambda tx, sql=wrong: tx.execute(sql, (job.id,)))


async def test_a_second_terminal_event_is_impossible(store: SqliteStore) -> None:
    job = await running(store)
    await store.complete(job.id, 1, None)
    insert = "INSERT INTO events (name, job_id, data) VALUES ('failed', ?, '{}')"
    with pytest.raises(sqlite3.IntegrityError):
        await store._database.write(lambda tx: tx.execute(insert, (job.id,)))


async def test_a_full_disk_is_said_and_the_writer_goes_on(store: SqliteStore) -> None:
    limit = "PRAGMA max_page_count"
    (pages,) = await store.read(lambda db: db.execute("PRAGMA page_count").fetchone())
    await store._database.write(lambda tx: tx.execute(f"{limit} = {pages}").fetchone())
    big = new_job(args={"blob": "x" * 2_000_000})
    with pytest.raises((DeskError, sqlite3.OperationalError)) as caught:
        await store.create([big])
    assert "full" in str(caught.value)
    await store._database.write(lambda tx: tx.execute(f"{limit} = 1073741823").fetchone())
    await store.create([new_job()])
    assert len(await store.jobs(JobQuery())) == 1


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    migrate(path, MIGRATIONS)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(DeskError) as caught:
        migrate(path, MIGRATIONS)
    assert caught.value.code == "database_newer"


def test_a_copy_is_kept_before_a_migration_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    path, folder = tmp_path / "desk.db", tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE one (n INTEGER);")
    assert migrate(path, folder) == [1]
    (folder / "0002_second.sql").write_text("CREATE TABLE two (n INTEGER); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.Error):
        migrate(path, folder)
    assert tables(path) == ["one"]
    (folder / "0002_second.sql").write_text("CREATE TABLE two (n INTEGER);")
    assert migrate(path, folder) == [2]
    assert tables(path) == ["one", "two"]
    assert tables(tmp_path / "desk.db.before-1") == ["one"]
    assert migrate(path, folder) == []


def test_migrations_have_no_gap() -> None:
    assert [number for number, _ in migrations_in(MIGRATIONS)] == list(
        range(1, len(migrations_in(MIGRATIONS)) + 1)
    )


def tables(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    try:
        return [
            row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
    finally:
        db.close()
