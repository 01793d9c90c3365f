"""`nowserving batch` against a real desk in a process of its own."""

import argparse
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli import parser
from tests.http.command_line import ROOT, CommandLine, Desk, Program

QUICK = ("--arg", "items=1", "--arg", "seconds=0", "--arg", "reports=0")
ENDLESS = ("--arg", "items=100", "--arg", "seconds=60")


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


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.txt" for name in "abc"]
    for path in paths:
        path.write_text(path.name)
    return paths


def test_files_are_handed_in_as_one_job_each_and_watched_to_the_end(
    cli: CommandLine, files: list[Path]
) -> None:
    outcome = cli("batch", "submit", "demo", *files, *QUICK, "--title", "Three", "--wait")
    batch_id = outcome.out.strip()
    assert outcome.code == 0, outcome.err
    assert "2. b.txt: completed" in outcome.err
    assert outcome.err.endswith("Three: completed, 3 jobs, 3 completed\n")
    batch = cli("batch", "show", batch_id, "--json").json
    assert [job["inputs"][0]["name"] for job in batch["jobs"]] == ["a.txt", "b.txt", "c.txt"]
    shown = cli("batch", "show", batch_id)
    assert [row[::2] for row in shown.rows][:2] == [
        ["number", "status", "now"],
        ["1", "completed", "1 of 1 items"],
    ]
    assert [batch_id, "completed", "demo", "Three", "3 jobs, 3 completed"] in [
        row[:5] for row in cli("batch", "list").rows
    ]
    assert cli("batch", "watch", batch_id).out == f"{batch_id} completed\n"
    events = [json.loads(line) for line in cli("batch", "watch", batch_id, "--json").out.splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("batch_started", "batch_completed")
    assert len(cli("batch", "list", "--limit", "1", "--json").json["batches"]) == 1


def test_a_batch_of_which_some_fail_is_exit_code_1_and_does_them_again(
    cli: CommandLine, files: list[Path]
) -> None:
    cli("pause")
    batch = cli("batch", "submit", "demo", *files, *QUICK, "--json").json
    assert cli("cancel", batch["jobs"][1]["id"]).code == 0
    cli("resume")
    outcome = cli("batch", "watch", batch["id"])
    assert (outcome.code, outcome.out) == (1, f"{batch['id']} partial\n")
    assert "2. b.txt: cancelled" in outcome.err
    assert cli("batch", "retry", batch["id"]).out == f"{batch['id']}\n"
    assert cli("batch", "watch", batch["id"]).code == 0
    assert cli("batch", "retry", batch["id"]).code == 6


def test_a_batch_is_cancelled_whole(cli: CommandLine, files: list[Path]) -> None:
    batch_id = cli("batch", "submit", "demo", *files, *ENDLESS).out.strip()
    waiting = cli("batch", "watch", batch_id, "--timeout", "0.2")
    assert waiting.code == 7
    assert f"Come back: nowserving batch watch {batch_id}" in waiting.err
    assert cli("batch", "cancel", batch_id).code == 0
    assert cli("batch", "watch", batch_id).code == 3
    assert cli("batch", "cancel", batch_id).code == 6


def test_ctrl_c_detaches_and_the_batch_goes_on(cli: CommandLine, files: list[Path]) -> None:
    batch_id = cli("batch", "submit", "demo", *files, *ENDLESS).out.strip()
    program = Program("batch", "watch", batch_id, "--json", "--url", cli.url)
    assert json.loads(program.line())["event"] == "batch_started"
    program.signal(signal.SIGINT)
    outcome = program.end()
    assert outcome.code == 130
    assert "nothing was cancelled" in outcome.err
    assert cli("batch", "show", batch_id, "--json").json["status"] in ("pending", "processing")
    assert cli("batch", "cancel", batch_id).code == 0
    assert cli("batch", "watch", batch_id).code == 3


def test_what_is_wrong_with_a_batch_has_an_exit_code(
    cli: CommandLine, files: list[Path], tmp_path: Path
) -> None:
    assert cli("batch", "submit", "demo").code == 2
    assert cli("batch", "submit", "demo", tmp_path / "absent").code == 2
    assert cli("batch", "submit", "demo", "--url-input", "http://example.org/a").code == 2
    for command in ("show", "watch", "cancel", "retry"):
        assert cli("batch", command, "nobody").code == 4
    key = ("--idempotency-key", "b1")
    first = cli("batch", "submit", "demo", files[0], *QUICK, *key)
    assert cli("batch", "submit", "demo", files[0], *QUICK, *key).out == first.out
    assert cli("batch", "submit", "demo", files[1], *QUICK, *key).code == 2


def test_every_command_of_batch_and_its_flags_are_documented() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8").split("### `nowserving batch")[1].split("\n### ")[0]
    [commands] = [one for one in parser.build()._actions if isinstance(one, argparse._SubParsersAction)]
    [verbs] = [
        one for one in commands.choices["batch"]._actions if isinstance(one, argparse._SubParsersAction)
    ]
    everywhere = {"--help", "--config", "--json", "--quiet", "--url", "--token", "--host", "--port"}
    for name, verb in verbs.choices.items():
        assert f"`batch {name}" in text, name
        flags = {flag for action in verb._actions for flag in action.option_strings if flag.startswith("--")}
        for flag in flags - everywhere:
            assert flag in text, f"{flag} of batch {name}"
