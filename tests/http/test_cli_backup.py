"""Backups of a desk at work, and what a restore refuses."""

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.cli import backup as backup_module
from tests.http.command_line import ROOT, CommandLine, Desk

BOOK = ROOT / "examples" / "epub" / "loomings.epub"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    running = Desk(tmp_path_factory.mktemp("desk") / "data")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def cli(desk: Desk, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(desk.url, capsys)


@pytest.fixture(scope="module")
def archive(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good archive of a running desk with one finished job; tests copy what they spoil."""
    path = tmp_path_factory.mktemp("archive") / "good.tar"
    backup_module.write_archive(desk.data_dir, path, is_compressed=False)
    return path


def backed_up(cli: CommandLine, desk: Desk, path: Path) -> None:
    outcome = cli.local("backup", path, "--data-dir", desk.data_dir)
    assert outcome.code == 0, outcome.err


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


@pytest.mark.parametrize("name", ["desk.tar", "desk.tar.gz"])
def test_a_desk_at_work_is_kept_and_brought_back_whole(
    cli: CommandLine, desk: Desk, tmp_path: Path, name: str
) -> None:
    done = cli("submit", "epub", BOOK, "--wait").out.strip()
    waiting = cli("submit", "demo", "--arg", "items=100", "--arg", "seconds=60").out.strip()
    before = cli("show", done, "--json").json
    backed_up(cli, desk, tmp_path / name)
    cli("cancel", waiting)
    target = tmp_path / "restored"
    assert cli.local("restore", tmp_path / name, "--data-dir", target).out == f"{target}\n"
    other = Desk(target)
    other.start()
    try:
        cli.url = other.url
        after = cli("show", done, "--json").json
        assert after == before
        assert cli("result", done, "-o", tmp_path / "files").code == 0  # checked by SHA-256 on the way
        assert cli("show", waiting, "--json").json["status"] in ("queued", "running")
    finally:
        other.kill()


def test_a_restored_desk_has_a_new_epoch(cli: CommandLine, archive: Path, desk: Desk, tmp_path: Path) -> None:
    assert cli.local("restore", archive, "--data-dir", tmp_path / "restored").code == 0
    other = Desk(tmp_path / "restored")
    other.start()
    other.kill()
    assert epoch(tmp_path / "restored") != epoch(desk.data_dir)


def epoch(data_dir: Path) -> str:
    connection = sqlite3.connect(data_dir / "nowserving.db")
    try:
        return str(connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0])
    finally:
        connection.close()


def test_backup_keeps_what_is_in_its_way_unless_forced(cli: CommandLine, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "desk.tar"
    path.write_text("mine")
    assert cli.local("backup", path, "--data-dir", desk.data_dir).code == 6
    assert path.read_text() == "mine"
    told = cli.local("backup", path, "--data-dir", desk.data_dir, "--force", "--json").json
    assert (told["size_bytes"], told["vanished"], told["changed"]) == (path.stat().st_size, [], [])
    assert [one.name for one in tmp_path.iterdir()] == ["desk.tar"]
    assert cli.local("backup", tmp_path / "x.tar", "--data-dir", tmp_path / "empty").code == 4


def test_a_damaged_database_is_not_backed_up(cli: CommandLine, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "nowserving.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    outcome = cli.local("backup", tmp_path / "x.tar", "--data-dir", data)
    assert (outcome.code, "database_damaged" in outcome.err) == (1, True)
    assert [one.name for one in tmp_path.iterdir()] == ["data"]


def test_restore_is_refused_while_a_desk_uses_the_folder(cli: CommandLine, desk: Desk, archive: Path) -> None:
    before = epoch(desk.data_dir)
    assert cli.local("restore", archive, "--data-dir", desk.data_dir, "--force").code == 6
    assert epoch(desk.data_dir) == before


def test_restore_over_files_puts_them_away_and_only_by_force(
    cli: CommandLine, archive: Path, tmp_path: Path
) -> None:
    target = tmp_path / "restored"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    assert cli.local("restore", archive, "--data-dir", target).code == 6
    assert contents(target) == {"mine.txt": b"mine"}
    told = cli.local("restore", archive, "--data-dir", target, "--force", "--json").json
    assert contents(Path(told["put_away"])) == {"mine.txt": b"mine"}
    assert (target / "nowserving.db").is_file()
    again = cli.local("restore", archive, "--data-dir", target, "--force", "--json").json
    assert "nowserving.db" in contents(Path(again["put_away"]))


Spoil = Callable[[list[tuple[tarfile.TarInfo, bytes]]], list[tuple[tarfile.TarInfo, bytes]]]


def _without_manifest(members: list[tuple[tarfile.TarInfo, bytes]]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return members[:-1]


def _without_database(members: list[tuple[tarfile.TarInfo, bytes]]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [one for one in members if one[0].name != "nowserving.db"]


def _with_other_bytes(members: list[tuple[tarfile.TarInfo, bytes]]) -> list[tuple[tarfile.TarInfo, bytes]]:
    info, body = members[0]
    return [(info, body[:-1] + bytes([body[-1] ^ 1])), *members[1:]]


def _with(name: str, kind: bytes = tarfile.REGTYPE) -> Spoil:
    def spoil(members: list[tuple[tarfile.TarInfo, bytes]]) -> list[tuple[tarfile.TarInfo, bytes]]:
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = "/etc/passwd"
        return [(info, b""), *members]

    return spoil


def _of_a_later_format(members: list[tuple[tarfile.TarInfo, bytes]]) -> list[tuple[tarfile.TarInfo, bytes]]:
    *others, (info, body) = members
    body = json.dumps(json.loads(body) | {"format": 99}).encode()
    info.size = len(body)
    return [*others, (info, body)]


def _of_a_later_schema(members: list[tuple[tarfile.TarInfo, bytes]]) -> list[tuple[tarfile.TarInfo, bytes]]:
    *others, (info, body) = members
    body = json.dumps(json.loads(body) | {"schema": 999}).encode()
    info.size = len(body)
    return [*others, (info, body)]


@pytest.mark.parametrize(
    "spoil",
    [
        _without_manifest,
        _without_database,
        _with_other_bytes,
        _with("../evil"),
        _with("/tmp/evil"),
        _with("a/../../evil"),
        _with("lock"),
        _with("added"),
        _with("link", tarfile.SYMTYPE),
        _with("hard", tarfile.LNKTYPE),
        _with("fifo", tarfile.FIFOTYPE),
        _of_a_later_format,
        _of_a_later_schema,
    ],
)
def test_an_archive_that_is_not_whole_and_right_changes_nothing(
    cli: CommandLine, archive: Path, tmp_path: Path, spoil: Spoil
) -> None:
    with tarfile.open(archive) as source:
        members = [(one, source.extractfile(one).read()) for one in source]  # type: ignore[union-attr]
    spoilt = tmp_path / "spoilt.tar"
    with tarfile.open(spoilt, "w") as out:
        for info, body in spoil(members):
            out.addfile(info, io.BytesIO(body))
    assert_refused(cli, spoilt, tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_an_archive_that_was_cut_off_changes_nothing(
    cli: CommandLine, archive: Path, tmp_path: Path, share: float
) -> None:
    cut = tmp_path / "cut.tar"
    whole = archive.read_bytes()
    end = whole.rindex(b"manifest.json")
    cut.write_bytes(whole[: int(end * share)])
    assert_refused(cli, cut, tmp_path)


def assert_refused(cli: CommandLine, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "inner" / "restored"
    target.mkdir(parents=True)
    (target / "mine.txt").write_text("mine")
    outcome = cli.local("restore", archive, "--data-dir", target, "--force")
    assert (outcome.code, "not_a_backup" in outcome.err) == (1, True), outcome.err
    assert contents(target) == {"mine.txt": b"mine"}
    assert sorted(path.name for path in (tmp_path / "inner").iterdir()) == ["restored"]


def test_a_file_that_shrinks_or_vanishes_under_the_backup_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: Path, cli: CommandLine
) -> None:
    data = tmp_path / "data"
    assert cli.local("restore", archive, "--data-dir", data).code == 0
    shrinks, vanishes = data / "jobs" / "a-shrinks", data / "jobs" / "b-vanishes"
    shrinks.parent.mkdir(exist_ok=True)
    shrinks.write_bytes(b"x" * 3_000_000)
    vanishes.write_bytes(b"y")

    class Shrinking(backup_module._Counted):
        def read(self, size_bytes: int) -> bytes:
            if vanishes.exists() and shrinks.stat().st_size == self._left:
                vanishes.unlink()
                with shrinks.open("r+b") as file:
                    file.truncate(10)
            return super().read(size_bytes)

    monkeypatch.setattr(backup_module, "_Counted", Shrinking)
    target = tmp_path / "desk.tar"
    told = cli.local("backup", target, "--data-dir", data, "--json").json
    assert (told["vanished"], told["changed"]) == (["jobs/b-vanishes"], ["jobs/a-shrinks"])
    assert cli.local("restore", target, "--data-dir", tmp_path / "again").code == 0
