"""The demo kind does, and misdoes, exactly what it is told."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.engine.child import Child, Times
from service.engine.endings import Cancelled, Died, Ending, Failed, Finished, HeldFor
from service.kinds.arguments import load
from service.kinds.base import Cancelled as CancelledInKind
from service.kinds.base import Held, ItemResult
from service.kinds.demo.kind import DemoKind
from service.kinds.testing import RecordingHost, run_kind
from service.model.artifacts import Input
from service.model.errors import DeskError, JobError
from tests.engine.runs import QUICK, Recorder, alive, begun, spec

PATH = "service.kinds.demo.kind:DemoKind"
AT_ONCE = {"seconds": 0}


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    made = await Child.start(Times(cancel_term_seconds=QUICK, cancel_kill_seconds=2 * QUICK))
    yield made
    await made.close()


async def _run(child: Child, folder: Path, handler: Recorder | None = None, **args: Any) -> Ending:
    loaded = load(DemoKind(), {**AT_ONCE, **args})
    return await child.run(spec(folder, PATH, loaded), handler or Recorder())


def test_by_default_every_item_is_done_and_told(tmp_path: Path) -> None:
    done = run_kind(DemoKind(), tmp_path, args=AT_ONCE)
    assert done.output == {"items": 5, "failed": 0, "inputs": []}
    assert [result.key for result in done.host.results] == ["0", "1", "2", "3", "4"]
    assert done.host.progress[-1].percent == 100.0
    assert len(done.host.progress) >= 5 * 5


def test_files_are_named_in_the_output(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    done = run_kind(DemoKind(), tmp_path, args={**AT_ONCE, "items": 0}, files=[tmp_path / "a.txt"])
    assert done.output is not None
    (file,) = done.output["inputs"]
    assert (file["name"], file["size_bytes"]) == ("a.txt", 5)


def test_items_fail_as_told_and_the_job_goes_on(tmp_path: Path) -> None:
    done = run_kind(DemoKind(), tmp_path, args={**AT_ONCE, "fail_items": [1, 3], "items": 5})
    assert done.output is not None
    assert (done.output["items"], done.output["failed"]) == (5, 2)
    assert {result.key for result in done.host.results if result.code == "demo_item_failed"} == {"1", "3"}


def test_items_of_an_earlier_attempt_are_left_out(tmp_path: Path) -> None:
    host = RecordingHost(results=[ItemResult("0", "completed"), ItemResult("2", "failed", None, "x", "y")])
    run_kind(DemoKind(), tmp_path, args={**AT_ONCE, "items": 3, "effect": True}, host=host)
    assert host.intents == ["1"]
    assert [result.key for result in host.results] == ["0", "2", "1"]


def test_the_job_fails_with_the_message(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="on purpose"):
        run_kind(DemoKind(), tmp_path, args={**AT_ONCE, "fail": "on purpose"})


def test_it_holds_until_a_person_has_confirmed(tmp_path: Path) -> None:
    args = {**AT_ONCE, "hold": True, "items": 2}
    with pytest.raises(Held) as caught:
        run_kind(DemoKind(), tmp_path, args=args)
    preview = caught.value.preview
    assert preview["items"] == 2
    confirmed = {"hash": preview["hash"]}
    assert run_kind(DemoKind(), tmp_path, args=args, confirmed=confirmed).output is not None


def test_a_wait_ends_soon_after_a_cancel(tmp_path: Path) -> None:
    host = RecordingHost()
    threading.Timer(0.05, lambda: setattr(host, "is_cancel_asked", True)).start()
    with pytest.raises(CancelledInKind):  # the time limit of the test is far below the hour it would wait
        run_kind(DemoKind(), tmp_path, args={"items": 1, "seconds": 3600, "reports": 0}, host=host)


def test_an_artifact_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    done = run_kind(DemoKind(), tmp_path, args={**AT_ONCE, "artifact_bytes": 3_000_000})
    assert (done.artifacts_dir / "demo.bin").stat().st_size == 3_000_000


def test_titles_name_the_file_or_the_work() -> None:
    file = Input("a.txt", "text/plain", 1, "0" * 64)
    assert DemoKind().title_for({"items": 3}, [file]) == "a.txt"
    assert DemoKind().title_for({"items": 3}, []) == "Demo: 3 items"
    assert DemoKind().title_for({"items": 1}, []) == "Demo: 1 item"


@pytest.mark.parametrize(
    "args",
    [
        {"items": -1},
        {"items": 1.5},
        {"items": "many"},
        {"seconds": float("nan")},
        {"crash": "nicely"},
        {"fail_items": [-1]},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(args: dict[str, Any]) -> None:
    with pytest.raises(DeskError) as caught:
        load(DemoKind(), args)
    assert caught.value.code == "invalid_args"


@pytest.mark.parametrize(("how", "name"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("exit", None)])
async def test_it_crashes_at_the_item_it_was_told(
    child: Child, tmp_path: Path, how: str, name: str | None
) -> None:
    handler = Recorder()
    ending = await _run(child, tmp_path, handler, crash=how, crash_at=2)
    assert isinstance(ending, Died)
    assert ending.signal_name == name
    assert [result.key for result in handler.finished] == ["0", "1"]


async def test_it_runs_out_of_memory_without_taking_the_machine_along(child: Child, tmp_path: Path) -> None:
    loaded = load(DemoKind(), {**AT_ONCE, "crash": "oom"})
    ending = await child.run(spec(tmp_path, PATH, loaded, DemoKind.limits), Recorder())
    assert isinstance(ending, Failed)
    assert ending.code == "out_of_memory"
    assert child.is_alive


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("large", "output_too_large"),
        ("not_json", "output_not_json"),
        ("not_an_object", "output_not_an_object"),
    ],
)
async def test_it_returns_what_cannot_be_kept(child: Child, tmp_path: Path, output: str, code: str) -> None:
    ending = await _run(child, tmp_path, output=output)
    assert isinstance(ending, Failed)
    assert ending.code == code
    assert await _run(child, tmp_path, output="none") == Finished(None)


async def test_it_floods_the_log_with_one_line(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    assert isinstance(await _run(child, tmp_path, handler, print_mb=5), Finished)
    assert sum(map(len, handler.lines)) < 10_000


async def test_it_holds_in_a_child_too(child: Child, tmp_path: Path) -> None:
    assert isinstance(await _run(child, tmp_path, hold=True), HeldFor)


@pytest.mark.parametrize(
    ("args", "steps"),
    [
        ({"seconds": 3600}, ["asked"]),
        ({"seconds": 3600, "ignore_cancel": True}, ["asked", "sigterm"]),
        ({"seconds": 3600, "burn": True}, ["asked", "sigterm", "sigkill"]),
    ],
)
@pytest.mark.parametrize("spawn", ["group", "session"])
async def test_it_and_what_it_started_are_gone_after_a_cancel(
    child: Child, tmp_path: Path, args: dict[str, Any], steps: list[str], spawn: str
) -> None:
    handler = Recorder()
    running = asyncio.create_task(_run(child, tmp_path, handler, spawn=spawn, effect=True, **args))
    await begun(
        running, handler, lambda heard: bool(heard.intents)
    )  # from here on the item itself is at work
    pid = int((tmp_path / "work" / "grandchild.pid").read_text())
    assert await alive(pid)
    child.cancel()
    assert await running == Cancelled()
    assert handler.steps == steps
    assert not await alive(pid, child.pid)
