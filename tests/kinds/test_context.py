"""What a kind may rely on: the context's items, progress, artifacts and holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kinds.base import Cancelled, ItemResult, JobContext, as_object, json_size
from service.kinds.testing import RecordingHost
from service.model.errors import JobError
from service.model.progress import Progress, Stage


def _context(folder: Path, host: RecordingHost, **more: Any) -> JobContext:
    (folder / "work").mkdir(parents=True, exist_ok=True)
    return JobContext("job", "test", {}, [], 1, folder / "work", folder / "artifacts", host, **more)


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@pytest.fixture
def job(tmp_path: Path, host: RecordingHost) -> JobContext:
    return _context(tmp_path, host)


# --- progress ---
def test_details_of_a_kind_travel_with_its_progress(job: JobContext, host: RecordingHost) -> None:
    job.report("reading", details={"workers": 2})
    job.report(current=1)
    newest = host.progress[-1]
    assert newest.details == {"workers": 2}
    assert Progress.from_json(newest.to_json()) == newest


def test_what_a_report_leaves_out_stays_as_it_was(job: JobContext, host: RecordingHost) -> None:
    job.report("reading", total=4, unit="page", file_name="a.pdf")
    job.report(current=1)
    newest = host.progress[-1]
    assert (newest.message, newest.unit, newest.file_name) == ("reading", "page", "a.pdf")
    assert (newest.current, newest.total, newest.percent) == (1, 4, 25.0)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_percent_is_always_from_0_to_100(percent: float) -> None:
    host = RecordingHost()
    job = JobContext("job", "test", {}, [], 1, Path(), Path(), host)
    job.report(percent=percent)
    assert 0.0 <= host.progress[-1].percent <= 100.0


def test_more_done_than_there_is_counts_as_all(job: JobContext, host: RecordingHost) -> None:
    job.report(current=7, total=5)
    assert host.progress[-1].percent == 100.0


def test_stages_are_told(job: JobContext, host: RecordingHost) -> None:
    job.report(stage="parsing", stages=[Stage("parsing", "running", 1, 2)])
    assert host.progress[-1].to_json()["stages"] == [
        {"name": "parsing", "status": "running", "current": 1, "total": 2}
    ]


def test_track_reports_every_step_and_sees_a_cancel(job: JobContext, host: RecordingHost) -> None:
    seen = []

    def walk() -> None:
        for value in job.track("abcd", unit="letter"):
            seen.append(value)
            host.is_cancel_asked = value == "b"

    with pytest.raises(Cancelled):
        walk()
    assert seen == ["a", "b"]
    assert [one.current for one in host.progress] == [0, 1, 2]


# --- items ---
def test_an_item_is_committed_before_the_next_begins(job: JobContext, host: RecordingHost) -> None:
    for number, item in enumerate(job.items("abc")):
        assert len(host.results) == number
        item.done({"letter": item.value})
    assert host.results == [ItemResult(key, "completed", {"letter": key}) for key in "abc"]
    assert (host.total, host.progress[-1].percent) == (3, 100.0)


def test_an_item_that_was_not_finished_is_done_when_the_next_is_taken(
    job: JobContext, host: RecordingHost
) -> None:
    for _ in job.items([1, 2]):
        pass
    assert [result.status for result in host.results] == ["completed", "completed"]


def test_finished_items_of_earlier_attempts_are_left_out_and_counted(tmp_path: Path) -> None:
    host = RecordingHost(results=[ItemResult("b", "completed"), ItemResult("c", "needs_review")])
    job = _context(tmp_path, host)
    assert [item.key for item in job.items("abcd")] == ["a", "d"]
    assert host.progress[-1].current == 4
    assert [result.key for result in job.item_results()] == ["b", "c", "a", "d"]


def test_an_effect_is_intended_before_it_is_begun(job: JobContext, host: RecordingHost) -> None:
    for item in job.items("ab", effect=True):
        assert host.intents[-1] == item.key
        assert all(result.key != item.key for result in host.results)


def test_no_item_begins_after_a_cancel_and_the_last_one_is_kept(job: JobContext, host: RecordingHost) -> None:
    begun = []

    def walk() -> None:
        for item in job.items("abc", effect=True):
            begun.append(item.key)
            host.is_cancel_asked = True
            item.done()

    with pytest.raises(Cancelled):
        walk()
    assert (begun, host.intents) == (["a"], ["a"])
    assert [result.key for result in host.results] == ["a"]


def test_two_items_with_one_key_are_a_mistake(job: JobContext) -> None:
    with pytest.raises(ValueError, match="two items have the key"):
        list(job.items(["a", "a"]))


def test_an_item_is_finished_once(job: JobContext) -> None:
    for item in job.items("a"):
        item.done()
        with pytest.raises(RuntimeError, match="finished twice"):
            item.failed("code", "message")


def test_with_an_item_its_errors_fail_it_alone_and_others_end_the_job(
    job: JobContext, host: RecordingHost
) -> None:
    for item in job.items("ab"):
        with item:
            if item.key == "a":
                raise JobError("too_blue", "It is too blue.")
    assert [(one.key, one.status, one.code) for one in host.results] == [
        ("a", "failed", "too_blue"),
        ("b", "completed", None),
    ]

    def walk() -> None:
        for item in job.items("c"):
            with item:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        walk()
    assert len(host.results) == 2


def test_progress_within_an_item_counts_into_the_whole(job: JobContext, host: RecordingHost) -> None:
    for item in job.items("ab"):
        item.progress(0.5, "half", file_name=item.key)
        if item.key == "b":
            assert (host.progress[-1].percent, host.progress[-1].file_name) == (75.0, "b")


def test_two_walks_add_up(job: JobContext, host: RecordingHost) -> None:
    list(job.items("ab"))
    assert host.progress[-1].percent == 100.0
    list(job.items("cd"))
    assert (host.total, host.progress[-1].current, host.progress[-1].percent) == (4, 4, 100.0)


# --- artifacts ---
@pytest.mark.parametrize(
    ("content", "written"),
    [
        (b"bytes", b"bytes"),
        ("tëxt", "tëxt".encode()),
        ({"a": [1]}, json.dumps({"a": [1]}, indent=2).encode()),
    ],
)
def test_an_artifact_may_be_bytes_text_or_json(
    job: JobContext, host: RecordingHost, content: Any, written: bytes
) -> None:
    job.save_artifact("r.json", content)
    assert (job.artifacts_dir / "r.json").read_bytes() == written
    assert host.artifacts == {"r.json": "application/json"}


def test_an_artifact_may_be_a_copy_of_a_file(job: JobContext, host: RecordingHost, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    job.save_artifact("copy.bin", source, "application/x-own")
    assert (job.artifacts_dir / "copy.bin").read_bytes() == source.read_bytes()
    assert host.artifacts == {"copy.bin": "application/x-own"}


def test_half_an_artifact_is_never_seen(job: JobContext, host: RecordingHost) -> None:
    job.save_artifact("r.txt", "whole")

    def fail() -> None:
        with job.open_artifact("r.txt") as out:
            out.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (job.artifacts_dir / "r.txt").read_text() == "whole"
    assert list(job.work_dir.iterdir()) == []


@pytest.mark.parametrize("name", ["../up", "/abs", "a/b", "a\\b", "", ".", "..", "a\x00", "con", "x" * 300])
def test_an_artifact_stays_in_its_folder(job: JobContext, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        job.save_artifact(name, b"x")
    assert not job.artifacts_dir.exists()


def test_artifacts_are_bounded_in_all(tmp_path: Path, host: RecordingHost) -> None:
    job = _context(tmp_path, host, max_artifact_bytes=10)
    job.save_artifact("a", b"x" * 6)
    job.save_artifact("a", b"y" * 10)  # it replaces itself
    with pytest.raises(JobError) as caught:
        job.save_artifact("b", b"z")
    assert caught.value.code == "artifacts_too_large"
    assert [file.name for file in job.artifacts_dir.iterdir()] == ["a"]
    assert list(job.work_dir.iterdir()) == []
    assert host.artifacts == {"a": "application/octet-stream"}


# --- output ---
def test_the_size_of_an_output_is_that_of_its_json() -> None:
    assert json_size({"ü": [1, None]}) == len('{"ü":[1,null]}'.encode())
    circle: dict[str, Any] = {}
    circle["it"] = circle
    for value in (object(), float("nan"), float("inf"), circle, "\udc80"):
        with pytest.raises(JobError) as caught:
            json_size({"it": value})
        assert caught.value.code == "output_not_json"


def test_an_output_is_an_object_or_nothing() -> None:
    assert as_object(None) is None
    assert as_object({"a": 1}) == {"a": 1}
    with pytest.raises(JobError) as caught:
        as_object([1])  # type: ignore[arg-type]
    assert caught.value.code == "output_not_an_object"
