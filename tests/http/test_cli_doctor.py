"""`doctor`, `config` and `serve` before anything runs: what they find, print and refuse."""

import datetime
import json
import os
import shutil
import signal
import socket
import sqlite3
from collections import namedtuple
from pathlib import Path

import pytest

import app
from service.config import SETTING_NAMES, Config
from service.doctor import database as doctor_database
from service.doctor import machine as doctor_machine
from service.storage.sqlite.migrate import migrate
from tests.http.command_line import CommandLine, Desk, Outcome, Program

Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in [name for name in os.environ if name.startswith("NOWSERVING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    return CommandLine("", capsys)


def checks(outcome: Outcome) -> dict[str, str]:
    return {check["name"]: check["status"] for check in outcome.json["checks"]}


def desk_folder(tmp_path: Path) -> Path:
    """A data folder with an empty database of the newest schema."""
    folder = tmp_path / "data"
    folder.mkdir()
    migrate(folder / "nowserving.db", app.lend().migrations)
    return folder


# --- doctor ---


def test_a_machine_without_a_desk_is_in_order(cli: CommandLine, tmp_path: Path, unused_tcp_port: int) -> None:
    arguments = ("doctor", "--data-dir", tmp_path / "none", "--port", str(unused_tcp_port))
    outcome = cli.local(*arguments, "--json")
    assert (outcome.code, outcome.json["ok"]) == (0, True), outcome.out
    found = checks(outcome)
    assert "fail" not in found.values()
    assert found.keys() >= {
        *("python", "sqlite", "settings", "address", "data folder", "file system", "disk", "port"),
        *("database", "clock", "kind demo", "kind epub"),
    }
    text = cli.local(*arguments).out
    assert "ok    database: none yet" in text
    assert not (tmp_path / "none").exists()


def test_a_running_desk_is_looked_at_without_a_change(cli: CommandLine, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.start()
    try:
        outcome = cli.local("doctor", "--data-dir", desk.data_dir, "--port", str(desk.port), "--json")
        assert outcome.code == 0
        found = {check["name"]: check["detail"] for check in outcome.json["checks"]}
        assert found["port"] == f"a desk answers at {desk.url}"
        assert "journal_mode wal" in found["pragmas"]
    finally:
        desk.kill()


def test_a_port_of_another_program_is_found(cli: CommandLine, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = doctor_machine.port(Config(port=port, data_dir=tmp_path), is_ours=False)
    assert (finding.status, "taken by another program" in finding.detail) == ("fail", True)


def test_a_damaged_database_is_found(cli: CommandLine, tmp_path: Path, unused_tcp_port: int) -> None:
    folder = desk_folder(tmp_path)
    path = folder / "nowserving.db"
    body = bytearray(path.read_bytes())
    body[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    path.write_bytes(body)
    outcome = cli.local("doctor", "--data-dir", folder, "--port", str(unused_tcp_port), "--json")
    assert outcome.code == 1
    assert checks(outcome)["database"] == "fail"
    path.write_bytes(b"no database at all, and long enough to be looked at" * 100)
    outcome = cli.local("doctor", "--data-dir", folder, "--port", str(unused_tcp_port), "--json")
    assert (outcome.code, checks(outcome)["database"]) == (1, "fail")


@pytest.mark.parametrize(("change", "status"), [(1, "fail"), (-1, "warn"), (0, "ok")])
def test_a_schema_of_another_release_is_found(
    cli: CommandLine, tmp_path: Path, unused_tcp_port: int, change: int, status: str
) -> None:
    folder = desk_folder(tmp_path)
    connection = sqlite3.connect(folder / "nowserving.db")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {version + change}")
    connection.close()
    outcome = cli.local("doctor", "--data-dir", folder, "--port", str(unused_tcp_port), "--json")
    assert (outcome.code, checks(outcome)["schema"]) == (int(status == "fail"), status)


def test_an_address_for_others_and_strange_variables_are_found(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOWSERVING_PORT_TCP", "tcp://10.0.0.1:80")
    outcome = cli.local("doctor", "--data-dir", tmp_path / "n", "--host", "0.0.0.0", "--port", "0", "--json")
    assert outcome.code == 1
    assert (checks(outcome)["address"], checks(outcome)["settings"]) == ("fail", "warn")


def test_a_folder_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    finding = doctor_machine.data_folder(tmp_path / "file")
    assert (finding.status, bool(finding.remediation)) == ("fail", True)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize(("free", "status"), [(1, "fail"), (600 << 20, "warn"), (50 << 30, "ok")])
def test_a_full_disk_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 << 30, 0, free))
    assert doctor_machine.disk(Config(data_dir=tmp_path)).status == status


def test_a_spent_budget_is_found(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(bytes(2000))
    assert (
        doctor_machine.disk(Config(data_dir=tmp_path, disk_budget_bytes=1000, min_free_bytes=0)).status
        == "fail"
    )


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = [
        "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "40 21 0:40 / /mnt/big\\040share rw shared:2 - nfs4 host:/export rw",
        "41 40 0:41 / /mnt/big\\040share/local rw - xfs /dev/sdb rw",
        "nonsense",
    ]
    assert doctor_machine.file_system_of(Path("/srv/data"), mounts) == "ext4"
    assert doctor_machine.file_system_of(Path("/mnt/big share/data"), mounts) == "nfs4"
    assert doctor_machine.file_system_of(Path("/mnt/big share/local/data"), mounts) == "xfs"
    table = tmp_path / "mountinfo"
    table.write_text("\n".join(mounts))
    assert doctor_machine.file_system(Path("/mnt/big share/data"), table).status == "warn"
    assert doctor_machine.file_system(Path("/srv"), table).status == "ok"
    assert doctor_machine.file_system(Path("/srv"), tmp_path / "absent").status == "ok"


def test_a_clock_that_was_turned_back_is_found(tmp_path: Path) -> None:
    now = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
    assert doctor_machine.clock(None, now).status == "ok"
    assert doctor_machine.clock(now.timestamp() - 1, now).status == "ok"
    assert doctor_machine.clock(now.timestamp() + 3600, now).status == "warn"
    assert doctor_machine.clock(None, datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)).status == "fail"
    assert doctor_database.newest_time(tmp_path) is None


# --- config ---


def test_config_prints_every_setting_with_its_origin(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text("max_files = 7")
    monkeypatch.setenv("NOWSERVING_LOG_LEVEL", "debug")
    arguments = ("--config", path, "--lane", "epub=books", "--lane", "demo=main", "--no-child-reuse")
    told = cli.local("config", *arguments, "--json").json
    assert sorted(told["settings"]) == sorted(SETTING_NAMES)
    assert told["settings"]["max_files"] == {"value": 7, "origin": str(path)}
    assert told["settings"]["log_level"] == {"value": "debug", "origin": "NOWSERVING_LOG_LEVEL"}
    assert told["settings"]["lanes"] == {"value": {"epub": "books", "demo": "main"}, "origin": "--lane"}
    assert told["settings"]["child_reuse"] == {"value": False, "origin": "--child-reuse"}
    header, *rows = cli.local("config", *arguments).rows
    assert header == ["setting", "value", "origin"]
    assert ["lanes", "epub=books, demo=main", "--lane"] in rows
    assert ["port", "8787", "default"] in rows
    assert cli.local("config", "--config", tmp_path / "absent").code == 2
    monkeypatch.setenv("NOWSERVING_PORT", "tcp://10.0.0.1:80")
    wrong = cli.local("config")
    assert (wrong.code, "NOWSERVING_PORT" in wrong.err) == (2, True)


# --- serve ---


def test_serve_refuses_an_address_for_others(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli.local("serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", tmp_path / "data")
    assert (outcome.code, outcome.out) == (2, "")
    assert "[accounts_required]" in outcome.err
    assert not (tmp_path / "data").exists()


def test_serve_prints_one_line_and_its_log_is_json_on_standard_error(tmp_path: Path) -> None:
    program = Program("serve", "--port", "0", "--data-dir", tmp_path / "data", "--log-format", "json")
    line = program.line()
    url = line.removeprefix("listening on ")
    assert url.startswith("http://127.0.0.1:")
    assert Program("submit", "demo", "--arg", "items=0", "--wait", "--url", url).end().code == 0
    program.signal(signal.SIGTERM)
    outcome = program.end()
    assert outcome.code == 0
    assert outcome.out == f"{line}\n"
    told = [json.loads(line) for line in outcome.err.splitlines()]
    assert {"event", "level", "timestamp"} <= told[-1].keys()
    assert "request" in {one["event"] for one in told}


def test_two_desks_do_not_share_a_folder(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.start()
    try:
        second = Program("serve", "--port", "0", "--data-dir", desk.data_dir).end()
        assert (second.code, second.out) == (6, "")
        assert "uses" in second.err
    finally:
        desk.kill()
