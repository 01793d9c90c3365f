"""Commands that stay connected, while the desk is killed under them and comes back."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.command_line import Desk, Program


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    running = Desk(tmp_path / "data")
    running.start()
    yield running
    running.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_submit_and_wait_outlives_a_restart_and_ends_right(desk: Desk, how: int) -> None:
    args = ("--arg", "items=6", "--arg", "seconds=1")
    watcher = Program("watch", "--all", "--json", "--url", desk.url)
    assert json.loads(watcher.line())["event"] == "resync"
    program = Program("submit", "demo", *args, "--wait", "--url", desk.url)
    job_id = program.line()
    keys = []
    while not keys:
        event = json.loads(watcher.line())
        keys += [event["data"]["key"]] if event["event"] == "item_completed" else []
    desk.kill(how)
    desk.start()
    names = []
    while "completed" not in names:
        event = json.loads(watcher.line())
        names.append(event["event"])
        keys += [event["data"]["key"]] if event["event"] == "item_completed" else []
    assert keys == ["0", "1", "2", "3", "4", "5"]  # nothing missed, nothing told or done twice
    assert "resync" not in names
    outcome = program.end()
    assert (outcome.code, outcome.out) == (0, f"{job_id}\n")
    assert "connection lost" in outcome.err
    assert outcome.err.rstrip().endswith("completed, 6 of 6 items")
    watcher.signal(signal.SIGINT)
    assert watcher.end().code == 130


def test_a_log_is_followed_over_a_restart_to_its_end(desk: Desk) -> None:
    submit = Program("submit", "demo", "--arg", "items=3", "--arg", "crash=exit", "--url", desk.url)
    job_id = submit.line()
    submit.end()
    follower = Program("log", job_id, "--follow", "--url", desk.url)
    first = follower.line()
    assert first
    desk.kill()
    desk.start()
    outcome = follower.end()
    assert outcome.code == 0
    again = Program("log", job_id, "--url", desk.url).end()
    assert again.out == outcome.out
