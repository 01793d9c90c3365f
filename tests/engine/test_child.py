"""One real child process, whatever its kind does: the right ending, and nobody left behind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.engine.child import Child
from service.engine.endings import (
    Cancelled,
    Died,
    Failed,
    Finished,
    HeldFor,
)
from service.engine.protocol import MAX_FRAME_BYTES
from service.kinds.base import ItemResult, Limits
from service.model.errors import DeskError
from tests.engine.runs import Recorder, alive, begun, conflict, pids_of, quick_child, spec

MIB = 1024 * 1024


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    async with quick_child() as made:
        yield made


async def test_what_a_kind_returns_is_the_output_and_the_child_can_be_used_again(
    child: Child, tmp_path: Path
) -> None:
    for output in ({"a": [1, "ü", None]}, None, {}):
        assert await child.run(spec(tmp_path, "Returns", {"output": output}), Recorder()) == Finished(output)
    assert child.is_alive
    assert (await child.check())[0] == []
    assert child.runs == 3


async def test_a_kind_sees_its_job_in_its_own_folder_and_group(child: Child, tmp_path: Path) -> None:
    source = tmp_path / "blob"
    source.write_text("content")
    file = {
        "name": "a.txt",
        "path": str(source),
        "media_type": "text/plain",
        "size_bytes": 7,
        "sha256": "0" * 64,
    }
    wanted = spec(tmp_path, "SeesItself", {"x": 1}, inputs=[file], confirmed={"hash": "h"})
    ending = await child.run(wanted, Recorder())
    assert ending == Finished(
        {
            "args": {"x": 1},
            "inputs": [["a.txt", "content"]],
            "attempt": 1,
            "confirmed": {"hash": "h"},
            "cwd_is_work_dir": True,
            "group": True,
        }
    )


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("job", "too_blue", "It is too blue."),
        ("value", "kind_error", "ValueError: three"),
        ("exit", "kind_error", "sys.exit(3)"),
        ("keyboard", "kind_error", "KeyboardInterrupt"),
        ("generator", "kind_error", "GeneratorExit"),
        ("own", "kind_error", "Own: mine"),
        ("cancelled", "kind_error", "cancelled itself"),
        ("full", "disk_full", "disk is full"),
    ],
)
async def test_whatever_a_kind_raises_fails_the_job_and_not_the_child(
    child: Child, tmp_path: Path, what: str, code: str, words: str
) -> None:
    ending = await child.run(spec(tmp_path, "Raises", {"what": what}), Recorder())
    assert isinstance(ending, Failed)
    assert ending.code == code
    assert words in ending.message
    assert (await child.check())[0] == []


@pytest.mark.parametrize(("what", "is_retriable"), [("job", False), ("busy", True), ("value", True)])
async def test_a_kind_says_whether_the_same_again_may_succeed(
    child: Child, tmp_path: Path, what: str, is_retriable: bool
) -> None:
    ending = await child.run(spec(tmp_path, "Raises", {"what": what}), Recorder())
    assert isinstance(ending, Failed)
    assert ending.retriable is is_retriable


async def test_an_unexpected_error_leaves_its_traceback_in_the_log(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    await child.run(spec(tmp_path, "Raises", {"what": "value"}), handler)
    assert any("misbehaving.py" in line for line in handler.lines)
    assert handler.lines[-1] == "ValueError: three"


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("object", "output_not_json"),
        ("nan", "output_not_json"),
        ("circle", "output_not_json"),
        ("surrogate", "output_not_json"),
        ("list", "output_not_an_object"),
        ("text", "output_not_an_object"),
        ("large", "output_too_large"),
    ],
)
async def test_an_output_that_cannot_be_kept_fails_by_name(
    child: Child, tmp_path: Path, what: str, code: str
) -> None:
    limits = Limits(output_bytes=100)
    ending = await child.run(spec(tmp_path, "ReturnsNonsense", {"what": what}, limits), Recorder())
    assert isinstance(ending, Failed)
    assert ending.code == code


@pytest.mark.parametrize(
    ("how", "code", "name"),
    [
        ("segfault", -11, "SIGSEGV"),
        ("abort", -6, "SIGABRT"),
        ("exit", 7, None),
        ("kill", -9, "SIGKILL"),
    ],
)
async def test_a_child_that_dies_says_how_and_what_it_wrote_last(
    child: Child, tmp_path: Path, how: str, code: int, name: str | None
) -> None:
    ending = await child.run(spec(tmp_path, "Dies", {"how": how}), Recorder())
    assert isinstance(ending, Died)
    assert (ending.return_code, ending.signal_name) == (code, name)
    assert ending.last_lines[0] == "last words"
    assert (how == "segfault") == any("Segmentation fault" in line for line in ending.last_lines)
    assert not child.is_alive


async def test_memory_beyond_the_limit_fails_the_job_and_the_limit_is_lifted_for_the_next(
    child: Child, tmp_path: Path
) -> None:
    limits = Limits(memory_bytes=300 * MIB)
    ending = await child.run(spec(tmp_path, "EatsMemory", limits=limits), Recorder())
    assert isinstance(ending, Failed)
    assert ending.code == "out_of_memory"
    little = spec(tmp_path, "EatsMemory", {"little": True}, Limits(memory_bytes=None))
    assert await child.run(little, Recorder()) == Finished({"bytes": 512 * MIB})


async def test_everything_that_is_printed_is_log_and_never_protocol(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    assert await child.run(spec(tmp_path, "Prints"), handler) == Finished({})
    said = {"by print", "to fd 1", "to fd 2", "by a process", "by libc", "at the end, without a line break"}
    assert set(handler.lines) == said
    second = Recorder()
    await child.run(spec(tmp_path, "Returns", {"output": None}), second)
    assert second.lines == []  # nothing of the first run spills over


async def test_megabytes_without_a_line_break_become_one_bounded_line(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    assert await child.run(spec(tmp_path, "Floods"), handler) == Finished({})
    begin, flood, end = handler.lines
    assert (begin, end) == ("begin", "end")
    assert flood.startswith("xxx")
    assert len(flood) < 5000


async def test_a_kind_that_closes_its_channel_and_returns_has_died(child: Child, tmp_path: Path) -> None:
    ending = await child.run(spec(tmp_path, "Closes", {"first": 3}), Recorder())
    assert isinstance(ending, Died)
    assert not child.is_alive


async def test_a_kind_that_closes_its_channel_and_goes_on_is_killed(child: Child, tmp_path: Path) -> None:
    ending = await child.run(spec(tmp_path, "Closes", {"first": 3, "forever": True}), Recorder())
    assert isinstance(ending, Died)
    assert ending.signal_name == "SIGKILL"


async def test_a_kind_that_closes_its_standard_streams_finishes_but_is_not_used_again(
    child: Child, tmp_path: Path
) -> None:
    assert await child.run(spec(tmp_path, "Closes", {"first": 0}), Recorder()) == Finished({})
    reasons, _ = await child.check()
    assert reasons == ["a standard stream was closed"]


async def test_a_fork_that_comes_back_out_of_the_kind_does_not_finish_the_job(
    child: Child, tmp_path: Path
) -> None:
    assert await child.run(spec(tmp_path, "Forks"), Recorder()) == Finished({"is_parent": True})
    assert (await child.check())[0] == []


async def test_a_fork_may_not_speak_on_the_channel(child: Child, tmp_path: Path) -> None:
    assert await child.run(spec(tmp_path, "ForkSpeaks"), Recorder()) == Finished({"fork": "refused"})


async def test_what_a_kind_changes_in_the_process_is_put_back(child: Child, tmp_path: Path) -> None:
    await child.run(spec(tmp_path, "ChangesProcess", {"change": True}), Recorder())
    ending = await child.run(spec(tmp_path, "ChangesProcess"), Recorder())
    work_dir = str((tmp_path / "work").resolve())
    assert ending == Finished({"cwd": work_dir, "is_term_ignored": False})


async def test_left_threads_and_processes_are_told_by_the_check(child: Child, tmp_path: Path) -> None:
    await child.run(spec(tmp_path, "LeavesThread"), Recorder())
    assert (await child.check())[0] == ["1 threads were left running"]
    handler = Recorder()
    await child.run(spec(tmp_path, "LeavesProcess", {"then": "return"}), handler)
    assert "2 processes were left running" in (await child.check())[0]
    await child.close()
    assert not await alive(*pids_of(handler))


async def test_held_carries_the_preview(child: Child, tmp_path: Path) -> None:
    ending = await child.run(spec(tmp_path, "Holds"), Recorder())
    assert ending == HeldFor({"rows": ["x"], "hash": "abc"})
    too_large = await child.run(spec(tmp_path, "Holds", {"size": MAX_FRAME_BYTES}), Recorder())
    assert isinstance(too_large, Failed)
    assert too_large.code == "output_too_large"


async def test_artifacts_are_bounded_in_all_and_each(child: Child, tmp_path: Path) -> None:
    limits = Limits(artifact_bytes=1000)
    handler = Recorder()
    ending = await child.run(spec(tmp_path, "Artifacts", {"files": {"a": 600, "b": 600}}, limits), handler)
    assert isinstance(ending, Failed)
    assert ending.code == "artifacts_too_large"
    assert list(handler.artifacts) == ["a"]
    assert [file.name for file in (tmp_path / "artifacts").iterdir()] == ["a"]
    one = await child.run(spec(tmp_path / "2", "Artifacts", {"files": {"c": 100_000}}, limits), Recorder())
    assert isinstance(one, Failed)
    assert one.code == "artifacts_too_large"
    assert list((tmp_path / "2" / "work").iterdir()) == []


async def test_a_flood_of_reports_becomes_few_messages_and_the_last_one_arrives(
    child: Child, tmp_path: Path
) -> None:
    handler = Recorder()
    await child.run(spec(tmp_path, "Reports", {"times": 50_000}), handler)
    assert handler.progress[-1].current == 50_000
    assert len(handler.progress) < 5_000
    waiting = Recorder()
    running = asyncio.create_task(
        child.run(spec(tmp_path, "Reports", {"times": 50, "then_wait": True}), waiting)
    )
    await begun(running, waiting, lambda heard: bool(heard.progress) and heard.progress[-1].current == 50)
    child.cancel()
    assert await running == Cancelled()


async def test_items_are_committed_one_by_one_and_earlier_ones_are_left_out(
    child: Child, tmp_path: Path
) -> None:
    handler = Recorder(earlier=[ItemResult("1", "completed")])
    ending = await child.run(spec(tmp_path, "Items", {"count": 3, "effect": True}), handler)
    assert ending == Finished({"errors": [], "results": ["1", "0", "2"]})
    assert handler.intents == ["0", "2"]
    assert [(one.key, one.output) for one in handler.finished] == [("0", {"n": 0}), ("2", {"n": 2})]
    assert handler.totals == [3]


async def test_results_of_earlier_attempts_may_be_larger_than_a_frame(child: Child, tmp_path: Path) -> None:
    earlier = [ItemResult(str(number), "completed", {"text": "x" * 5000}) for number in range(2000)]
    assert sum(5000 for _ in earlier) > MAX_FRAME_BYTES
    ending = await child.run(spec(tmp_path, "Items", {"count": 2001}), Recorder(earlier=earlier))
    assert isinstance(ending, Finished)
    assert ending.output is not None
    assert len(ending.output["results"]) == 2001


async def test_threads_of_a_kind_may_report_while_items_are_committed(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    assert await child.run(spec(tmp_path, "ThreadsReport"), handler) == Finished({"results": 200})
    assert len(handler.finished) == 200


async def test_an_item_that_fits_no_frame_is_refused_in_the_kind(child: Child, tmp_path: Path) -> None:
    ending = await child.run(spec(tmp_path, "LargeItem"), Recorder())
    assert ending == Finished({"code": "output_not_json"})


async def test_a_stale_attempt_stops_even_a_kind_that_swallows_errors(child: Child, tmp_path: Path) -> None:
    handler = Recorder(refuse={"item_finished": conflict()})
    ending = await child.run(spec(tmp_path, "Items", {"count": 100}), handler)
    assert isinstance(ending, Failed)
    assert ending.code == "stale_attempt"
    assert handler.finished == []
    assert not child.is_alive


async def test_another_refusal_is_an_error_that_the_kind_may_handle(child: Child, tmp_path: Path) -> None:
    handler = Recorder(refuse={"item_finished": DeskError("disk_budget", "No room.")})
    ending = await child.run(spec(tmp_path, "Items", {"count": 2}), handler)
    assert ending == Finished({"errors": ["disk_budget", "disk_budget"], "results": []})


async def test_a_fault_of_the_service_is_internal_to_the_kind(child: Child, tmp_path: Path) -> None:
    handler = Recorder(refuse={"item_finished": ZeroDivisionError()})
    with capture_logs() as logs:
        ending = await child.run(spec(tmp_path, "Items", {"count": 1}), handler)
    assert ending == Finished({"errors": ["internal"], "results": []})
    assert logs[0]["event"] == "child_request_failed"


async def test_a_job_that_fits_no_frame_fails_before_it_starts(child: Child, tmp_path: Path) -> None:
    ending = await child.run(spec(tmp_path, "Returns", {"output": "x" * MAX_FRAME_BYTES}), Recorder())
    assert isinstance(ending, Failed)
    assert ending.code == "args_too_large"
    assert child.is_alive


async def test_a_kind_that_cannot_be_imported_fails_by_name(child: Child, tmp_path: Path) -> None:
    for path in ("no.such.module:Kind", "tests.engine.misbehaving:Missing", "json:JSONDecoder"):
        ending = await child.run(spec(tmp_path, path), Recorder())
        assert isinstance(ending, Failed)
        assert ending.code == "kind_unavailable"
