"""The command line against a real desk in a process of its own."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.command_line import ROOT, CommandLine, Desk, Program

QUICK = ("--arg", "seconds=0", "--arg", "reports=0")
BOOK = ROOT / "examples" / "epub" / "loomings.epub"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    running = Desk(tmp_path_factory.mktemp("desk") / "data")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def cli(desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in [name for name in os.environ if name.startswith("NOWSERVING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    return CommandLine(desk.url, capsys)


def submitted(cli: CommandLine, *arguments: str) -> str:
    outcome = cli("submit", "demo", *QUICK, *arguments)
    assert outcome.code == 0, outcome.err
    return outcome.out.strip()


# --- submit and watch ---


def test_submit_prints_the_id_and_nothing_else_on_standard_output(cli: CommandLine) -> None:
    outcome = cli("submit", "epub", BOOK, "--title", "Call me Ishmael")
    assert outcome.code == 0
    job = cli("show", outcome.out.strip(), "--json").json
    assert job["title"] == "Call me Ishmael"
    assert job["inputs"][0]["sha256"] == hashlib.sha256(BOOK.read_bytes()).hexdigest()
    assert outcome.err.startswith("Call me Ishmael: ")


@pytest.mark.parametrize(
    ("args", "code", "status", "said"),
    [
        (["--arg", "items=2"], 0, "completed", "2 of 2 items"),
        (["--arg", "items=2", "--arg", "fail_items=1"], 0, "completed", "1 failed"),
        (["--arg", "fail=no luck"], 1, "failed", "no luck [demo_failed] Submit it without `fail`."),
        (["--arg", "crash=exit"], 1, "failed", "worker_crashed"),
    ],
)
def test_submit_and_wait_ends_as_the_job_does(
    cli: CommandLine, args: list[str], code: int, status: str, said: str
) -> None:
    outcome = cli("submit", "demo", *QUICK, *args, "--wait")
    assert (outcome.code, said in outcome.err) == (code, True), outcome.err
    assert cli("show", outcome.out.strip(), "--json").json["status"] == status


def test_submit_and_wait_as_json_prints_the_job_as_it_ended(cli: CommandLine) -> None:
    outcome = cli("submit", "demo", *QUICK, "--wait", "--json", "--quiet")
    assert outcome.json["status"] == "completed"
    assert outcome.err == ""


def test_watch_tells_how_a_finished_job_ended(cli: CommandLine) -> None:
    job_id = submitted(cli, "--wait", "--arg", "items=1")
    assert cli("watch", job_id).out == f"{job_id} completed\n"
    [line] = cli("watch", job_id, "--json").out.splitlines()
    assert json.loads(line)["event"] == "completed"


def test_a_cancelled_job_is_exit_code_3(cli: CommandLine) -> None:
    job_id = submitted(cli, "--arg", "hold=true")
    assert cli("watch", job_id, "--until-held").code == 0
    assert cli("cancel", job_id).code == 0
    assert cli("watch", job_id).code == 3
    assert cli("cancel", job_id).code == 6


def test_waiting_ends_with_the_time_out_and_the_job_goes_on(cli: CommandLine) -> None:
    outcome = cli("submit", "demo", "--arg", "items=1", "--arg", "seconds=60", "--wait", "--timeout", "0.3")
    job_id = outcome.out.strip()
    assert outcome.code == 7
    assert f"Come back: nowserving watch {job_id}" in outcome.err
    assert cli("watch", "--all", "--timeout", "0.3").code == 7
    assert cli("show", job_id, "--json").json["status"] in ("queued", "running")
    cli("cancel", job_id)
    assert cli("watch", job_id).code == 3


def test_the_same_key_and_work_are_one_job(cli: CommandLine) -> None:
    first = submitted(cli, "--idempotency-key", "k1")
    assert submitted(cli, "--idempotency-key", "k1") == first
    assert cli("submit", "demo", "--idempotency-key", "k1", "--arg", "items=3").code == 2


def test_args_come_as_json_as_a_file_or_as_pairs(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "args.json"
    path.write_text('{"items": 2, "seconds": 0}')
    job_id = submitted(cli, "--args", f"@{path}", "--arg", "items=3", "--arg", "fail_items=0", "--wait")
    job = cli("show", job_id, "--json").json
    assert (job["args"]["items"], job["args"]["fail_items"]) == (3, [0])
    assert cli("submit", "demo", "--args", f"@{tmp_path / 'absent'}").code == 2
    assert cli("submit", "demo", "--args", "[1]").code == 2
    assert cli("submit", "demo", "--args", "{").code == 2
    assert cli("submit", "demo", "--arg", "items").code == 2


# --- looking ---


def test_list_is_a_table_of_tabs_for_programs_and_filters(cli: CommandLine) -> None:
    done = submitted(cli, "--title", "tab\there", "--wait")
    failed = submitted(cli, "--arg", "fail=x")
    assert cli("watch", failed).code == 1
    header, first, *_ = cli("list", "--kind", "demo").rows
    assert header == ["id", "status", "kind", "title", "now", "created"]
    assert first[:3] == [failed, "failed", "demo"]
    assert cli("list", "--limit", "1").rows[1:] == [first]
    assert {row[1] for row in cli("list", "--status", "failed").rows[1:]} == {"failed"}
    assert [job["id"] for job in cli("list", "--text", "tab", "--json").json["jobs"]] == [done]
    assert cli("list", "--text", "tab").rows[1][3] == "tab here"
    assert cli("list", "--limit", "0").code == 2


def test_show_and_log_and_kinds(cli: CommandLine) -> None:
    job_id = submitted(cli, "--arg", "print_mb=1", "--wait")
    shown = dict(line.split(maxsplit=1) for line in cli("show", job_id).out.splitlines())
    assert (shown["id"], shown["status"]) == (job_id, "completed")
    log = cli("log", job_id)
    assert log.out.startswith("xxxx")
    assert cli("log", job_id, "--follow").out == log.out
    assert {row[0] for row in cli("kinds").rows[1:]} >= {"demo", "epub"}
    assert {kind["name"] for kind in cli("kinds", "--json").json["kinds"]} >= {"demo", "epub"}


# --- results ---


def test_result_fetches_every_file_whole_and_once(cli: CommandLine, tmp_path: Path) -> None:
    job_id = cli("submit", "epub", BOOK, "--wait").out.strip()
    job = cli("show", job_id, "--json").json
    folder = tmp_path / "new" / "folder"
    outcome = cli("result", job_id, "-o", folder)
    assert outcome.code == 0
    assert sorted(outcome.out.split()) == sorted(str(path) for path in folder.iterdir())
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == {
        artifact["name"]: artifact["sha256"] for artifact in job["artifacts"]
    }
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    assert cli("result", job_id, "-o", folder, "--json").json["files"] == outcome.out.split()
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before
    assert cli("result", job_id).json == job["output"]


def test_result_replaces_another_file_only_by_force(cli: CommandLine, tmp_path: Path) -> None:
    job_id = submitted(cli, "--arg", "artifact_bytes=3000000", "--wait")
    mine = tmp_path / "demo.bin"
    mine.write_text("mine")
    refused = cli("result", job_id, "-o", tmp_path)
    assert (refused.code, mine.read_text()) == (6, "mine")
    assert cli("result", job_id, "-o", tmp_path, "--force", "--name", "demo.bin").code == 0
    assert mine.read_bytes() == bytes(3_000_000)
    assert cli("result", job_id, "-o", tmp_path, "--name", "other").code == 4
    mine.unlink()
    mine.mkdir()
    assert cli("result", job_id, "-o", tmp_path, "--force").code == 6


# --- changing ---


def test_a_held_job_shows_its_preview_and_is_confirmed(cli: CommandLine) -> None:
    job_id = submitted(cli, "--arg", "hold=true", "--arg", "items=1")
    assert cli("result", job_id).code == 6
    held = cli("watch", job_id, "--until-held")
    assert (held.code, held.out) == (0, f"{job_id} held\n")
    assert "preview" in cli("show", job_id).out
    assert cli("confirm", job_id, "--body", '{"hash": "old"}').code == 6
    assert cli("confirm", job_id, "--body", "nonsense").code == 2
    assert cli("confirm", job_id).out == f"{job_id}\n"
    assert cli("watch", job_id).code == 0
    assert cli("confirm", job_id).code == 6


def test_waiting_jobs_are_moved_and_failed_ones_done_again(cli: CommandLine) -> None:
    lanes = cli("pause", "--reason", "lunch").rows
    assert lanes[0] == ["lane", "line", "running", "waiting", "reason"]
    assert [lanes[1][1], lanes[1][4]] == ["paused", "lunch"]
    first, second = submitted(cli), submitted(cli, "--arg", "fail=x")
    assert cli("move", second, "front", "--json").json["position"] == 1
    assert "number 2 in the line" in cli("move", second, "2").err
    assert cli("move", second, "sideways").code == 2
    assert cli("watch", first, "--timeout", "0.2").code == 7
    assert cli("resume").rows[1][1] == "moving"
    assert (cli("watch", first).code, cli("watch", second).code) == (0, 1)
    assert cli("move", first, "front").code == 6
    again = cli("retry", second).out.strip()
    assert cli("show", again, "--json").json["retry_of"] == second
    assert cli("watch", again).code == 1


# --- errors ---


def test_an_unknown_job_is_exit_code_4_in_every_command(cli: CommandLine, tmp_path: Path) -> None:
    for command in ("show", "watch", "log", "result", "cancel", "confirm", "retry"):
        outcome = cli(command, "no-such-job")
        assert (outcome.code, outcome.out) == (4, ""), command
    assert cli("move", "no-such-job", "front").code == 4
    assert cli("log", "no-such-job", "-f").code == 4


def test_a_refusal_names_what_is_wrong_and_where(cli: CommandLine) -> None:
    outcome = cli("submit", "demo", "--arg", "items=-1")
    assert outcome.code == 2
    assert "/args/items" in outcome.err
    told = json.loads(cli("submit", "nothing", "--json").err)["error"]
    assert told["code"] == "kind_not_found"
    assert cli("submit", "epub").code == 2


def test_files_are_looked_at_before_anything_is_sent(cli: CommandLine, tmp_path: Path) -> None:
    assert "is a folder" in cli("submit", "epub", tmp_path).err
    outcome = cli("submit", "epub", tmp_path / "absent.epub")
    assert (outcome.code, "Cannot read" in outcome.err) == (2, True)


def test_an_absent_server_is_exit_code_5(cli: CommandLine, unused_tcp_port: int) -> None:
    cli.url = f"http://127.0.0.1:{unused_tcp_port}"
    for command in (
        ["list"],
        ["watch", "x"],
        ["watch", "--all"],
        ["submit", "demo"],
        ["pause"],
        ["log", "x", "-f"],
    ):
        outcome = cli(*command)
        assert (outcome.code, outcome.out) == (5, ""), command
        assert "nowserving serve" in outcome.err


def test_a_wrong_command_is_exit_code_2(cli: CommandLine) -> None:
    for arguments in ([], ["dance"], ["watch"], ["list", "--limi", "3"], ["watch", "a", "--all"]):
        assert cli.local(*arguments).code == 2
    assert cli.local("list", "--url", "nowhere").code == 2
    assert cli.local("--help").code == 0


# --- signals and pipes ---


@pytest.mark.parametrize("command", ["submit", "watch"])
def test_ctrl_c_detaches_and_cancels_nothing(cli: CommandLine, command: str) -> None:
    args = ["--arg", "items=200", "--arg", "seconds=1", "--url", cli.url]
    if command == "submit":
        program = Program("submit", "demo", *args, "--wait")
        job_id = program.line()
    else:
        job_id = cli("submit", "demo", *args[:-2]).out.strip()
        program = Program("watch", job_id, "--json", "--url", cli.url)
        assert json.loads(program.line())["event"]
    program.signal(signal.SIGINT)
    outcome = program.end()
    assert outcome.code == 130
    assert "nothing was cancelled" in outcome.err
    assert "Traceback" not in outcome.err
    job = cli("show", job_id, "--json").json
    assert (job["status"] in ("queued", "running"), job["cancel_requested_at"]) == (True, None)
    cli("cancel", job_id)
    assert cli("watch", job_id).code == 3


def test_a_reader_that_leaves_early_is_no_error(cli: CommandLine) -> None:
    program = Program("watch", "--all", "--json", "--url", cli.url)
    assert json.loads(program.line())["event"] == "resync"
    program.close_out()
    submitted(cli, "--wait")
    outcome = program.wait()
    assert (outcome.code, outcome.err) == (0, "")


def test_watch_all_tells_what_happens_to_every_job(cli: CommandLine) -> None:
    program = Program("watch", "--all", "--json", "--url", cli.url)
    assert json.loads(program.line())["event"] == "resync"
    job_id = submitted(cli, "--arg", "items=1")
    names = []
    while not names or names[-1] != "completed":
        event = json.loads(program.line())
        if event["data"].get("job_id") == job_id and event["id"]:
            names.append(event["event"])
    program.signal(signal.SIGINT)
    assert program.end().code == 130
    assert [name for name in names if name not in ("progress", "position")] == [
        "queued",
        "started",
        "item_completed",
        "completed",
    ]
