"""The folder behind the desk, on a real disk: nothing half, nothing twice, nothing lost, nothing left over."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.model.artifacts import Input
from service.model.errors import DeskError
from service.storage import budget, incoming
from service.storage.files import FileStore
from tests.engine.shelf import nothing, open_files, take_in

KIB = 1024
JOB = "0199-job"


def _left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _leave(files: FileStore, job_id: str, name: str, content: bytes) -> None:
    files.artifacts_dir(job_id).mkdir(parents=True, exist_ok=True)
    (files.artifacts_dir(job_id) / name).write_bytes(content)


async def test_an_upload_is_counted_hashed_and_found_under_its_content(
    files: FileStore, tmp_path: Path
) -> None:
    content = os.urandom(3 * incoming.BUFFER_BYTES + 17)
    upload = await files.receive("book.epub", "application/epub+zip")
    for start in range(0, len(content), 100_000):
        await upload.write(content[start : start + 100_000])
    taken = await upload.commit()
    digest = hashlib.sha256(content).hexdigest()
    assert taken == Input("book.epub", "application/epub+zip", len(content), digest)
    assert files.blob_path(digest).read_bytes() == content
    assert files.used_bytes == len(content)
    assert _left(tmp_path / "data") == [f"blobs/{digest[:2]}/{digest}"]
    assert files.blob_path(digest).stat().st_mode & 0o222 == 0  # a kind cannot write to it by accident


async def test_an_empty_file_is_a_file(files: FileStore) -> None:
    upload = await files.receive("empty", "text/plain")
    taken = await upload.commit()
    assert taken.size_bytes == 0
    assert files.blob_path(taken.sha256).read_bytes() == b""


async def test_the_same_content_is_kept_and_counted_once(files: FileStore, tmp_path: Path) -> None:
    first, second = await asyncio.gather(take_in(files, b"same", "a"), take_in(files, b"same", "b"))
    assert first.sha256 == second.sha256
    assert (first.name, second.name) == ("a", "b")
    assert files.used_bytes == 4
    assert len(_left(tmp_path / "data")) == 1


@pytest.mark.parametrize("size", [11, 5 * incoming.BUFFER_BYTES])
async def test_a_file_that_is_too_large_leaves_nothing(tmp_path: Path, size: int) -> None:
    files = await open_files(tmp_path, max_upload_bytes=size - 1)
    upload = await files.receive("a", "text/plain")
    for _ in range(9):
        await upload.write(b"x" * (size // 10))
    with pytest.raises(DeskError) as caught:
        await upload.write(b"x" * (size // 5))
    assert caught.value.code == "too_large"
    assert (_left(tmp_path / "data"), files.used_bytes) == ([], 0)
    with pytest.raises(RuntimeError, match="over"):
        await upload.write(b"more")


async def test_the_budget_is_one_for_all_uploads_and_exact(tmp_path: Path) -> None:
    files = await open_files(tmp_path, disk_budget_bytes=100 * KIB)

    async def send() -> str:
        upload = await files.receive("a", "text/plain")
        try:
            for _ in range(10):
                await upload.write(os.urandom(KIB))
                await asyncio.sleep(0)
            await upload.commit()
        except DeskError as error:
            return error.code
        return "kept"

    said = await asyncio.gather(*(send() for _ in range(15)))
    kept = said.count("kept")
    assert set(said) <= {"kept", "disk_budget"}
    assert 1 <= kept <= 10
    assert files.used_bytes == kept * 10 * KIB
    assert (
        sum(path.stat().st_size for path in (tmp_path / "data").rglob("*") if path.is_file())
        == kept * 10 * KIB
    )


async def test_no_room_says_when_to_come_back_and_what_to_do(tmp_path: Path) -> None:
    files = await open_files(tmp_path, disk_budget_bytes=4)
    await take_in(files, b"full")
    upload = await files.receive("a", "text/plain")
    with pytest.raises(DeskError) as caught:
        await upload.write(b"x")
    error = caught.value
    assert (error.code, error.retriable, error.retry_after_seconds) == ("disk_budget", True, 60)
    assert error.remediation is not None
    assert "disk_budget_bytes" in error.remediation


async def test_a_disk_that_is_nearly_full_takes_nothing(tmp_path: Path) -> None:
    files = await open_files(tmp_path, min_free_bytes=1 << 60)
    with pytest.raises(DeskError) as caught:
        await files.receive("a", "text/plain")
    assert caught.value.code == "disk_budget"
    assert _left(tmp_path / "data") == []


async def test_a_disk_that_fills_up_on_the_way_leaves_nothing(
    files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await files.receive("a", "text/plain")
    await upload.write(b"x" * incoming.BUFFER_BYTES)

    def full(_: budget.Budget, __: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(budget.Budget, "check_free", full)
    with pytest.raises(DeskError) as caught:
        await upload.write(b"x" * incoming.BUFFER_BYTES)
    assert caught.value.code == "disk_budget"
    assert (_left(tmp_path / "data"), files.used_bytes) == ([], 0)


async def test_discard_leaves_nothing_before_and_after_commit_and_twice(
    files: FileStore, tmp_path: Path
) -> None:
    upload = await files.receive("a", "text/plain")
    await upload.write(b"x" * 2 * incoming.BUFFER_BYTES)
    assert files.used_bytes == 2 * incoming.BUFFER_BYTES
    await upload.discard()
    await upload.discard()
    assert (_left(tmp_path / "data"), files.used_bytes) == ([], 0)
    upload = await files.receive("b", "text/plain")
    await upload.write(b"content")
    await upload.commit()
    await upload.discard()
    await upload.discard()
    assert (_left(tmp_path / "data"), files.used_bytes) == ([], 0)


async def test_discard_spares_a_content_that_somebody_else_brought_or_has(files: FileStore) -> None:
    kept = await take_in(files, b"shared")
    other = await files.receive("b", "text/plain")
    await other.write(b"shared")
    await other.commit()
    await other.discard()
    assert files.blob_path(kept.sha256).exists()
    files.unpin([kept.sha256])  # a job has it now
    third = await files.receive("c", "text/plain")
    await third.write(b"shared")
    await third.commit()
    await third.discard()
    assert files.blob_path(kept.sha256).exists()


async def test_an_upload_whose_task_is_cancelled_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    started = asyncio.Event()

    async def send() -> None:
        upload = await files.receive("a", "text/plain")
        try:
            while True:
                await upload.write(b"x" * incoming.BUFFER_BYTES)
                started.set()
        finally:
            await upload.discard()

    sending = asyncio.create_task(send())
    await started.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert (_left(tmp_path / "data"), files.used_bytes) == ([], 0)


async def test_a_start_removes_what_a_crash_left_and_counts_the_rest(tmp_path: Path) -> None:
    files = await open_files(tmp_path)
    kept = await take_in(files, b"kept")
    upload = await files.receive("b", "text/plain")
    await upload.write(b"x" * incoming.BUFFER_BYTES)  # and then the service dies
    _leave(files, JOB, "r.json", b"12345")
    again = await open_files(tmp_path)
    assert again.used_bytes == 4 + 5
    assert _left(tmp_path / "data") == [
        f"blobs/{kept.sha256[:2]}/{kept.sha256}",
        f"jobs/{JOB}/artifacts/r.json",
    ]
    await upload.discard()


# --- jobs ---
async def test_an_artifact_is_measured_and_counted_once_however_often_it_is_replaced(
    files: FileStore,
) -> None:
    for content in (b"first", b"second one", b"third"):
        _leave(files, JOB, "r.txt", content)
        assert await files.add_artifact(JOB, "r.txt") == (len(content), hashlib.sha256(content).hexdigest())
        assert files.used_bytes == len(content)
    await files.remove_job(JOB)
    assert files.used_bytes == 0
    await files.remove_job(JOB)  # a second time is nothing


async def test_an_artifact_is_a_file_and_no_way_out_of_its_folder(files: FileStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    _leave(files, JOB, "real", b"1")
    (files.artifacts_dir(JOB) / "link").symlink_to(tmp_path / "secret")
    for name in ("link", "absent"):
        with pytest.raises(DeskError) as caught:
            await files.add_artifact(JOB, name)
        assert caught.value.code == "artifact_not_found"
    for name in ("../secret", "/etc/passwd", "", ".", "..", "a/b", "a\\b", "a\x00b"):
        with pytest.raises(DeskError) as caught:
            files.artifact_path(JOB, name)
        assert caught.value.code == "artifact_not_found"
    for job_id in ("../x", "", "a/b", ".", "x" * 65):
        with pytest.raises(DeskError):
            files.artifact_path(job_id, "a")
        with pytest.raises(ValueError, match="not a job id"):
            files.work_dir(job_id)
    with pytest.raises(ValueError, match="not a SHA-256"):
        files.blob_path("../../etc/passwd")


async def test_linked_artifacts_outlive_their_first_job_and_take_no_room(
    files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave(files, "first", "a", b"12345")
    await files.add_artifact("first", "a")
    await files.link_artifacts("first", "second")
    assert files.used_bytes == 5
    await files.remove_job("first")
    assert files.used_bytes == 5
    assert (files.artifacts_dir("second") / "a").read_bytes() == b"12345"

    def no_links(*_: object) -> None:
        raise OSError(1, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    await files.link_artifacts("second", "third")
    assert (files.artifacts_dir("third") / "a").read_bytes() == b"12345"
    assert files.used_bytes == 10
    with pytest.raises(OSError, match="first"):
        await files.link_artifacts("first", "fourth")


async def test_a_work_folder_is_copied_whole_and_absent_ones_are_no_matter(files: FileStore) -> None:
    (files.work_dir("first") / "deep").mkdir(parents=True)
    (files.work_dir("first") / "deep" / "state").write_text("half")
    await files.copy_work("first", "second")
    (files.work_dir("first") / "deep" / "state").write_text("changed")
    assert (files.work_dir("second") / "deep" / "state").read_text() == "half"
    await files.copy_work("absent", "third")


async def test_what_children_write_is_counted_at_the_next_sweep(files: FileStore) -> None:
    files.work_dir(JOB).mkdir(parents=True)
    (files.work_dir(JOB) / "state").write_bytes(b"x" * 1000)
    files.log_path(JOB).write_text("line\n")
    await files.sweep(nothing)
    assert files.used_bytes == 1005


@settings(deadline=None, max_examples=25)
@given(chunks=st.lists(st.binary(max_size=300), max_size=30), buffer_bytes=st.integers(1, 500))
def test_chunks_of_any_size_make_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes], buffer_bytes: int
) -> None:
    async def send() -> None:
        files = await open_files(tmp_path_factory.mktemp("any"))
        upload = await files.receive("a", "text/plain")
        for chunk in chunks:
            await upload.write(chunk)
        taken = await upload.commit()
        content = b"".join(chunks)
        assert taken.sha256 == hashlib.sha256(content).hexdigest()
        assert files.blob_path(taken.sha256).read_bytes() == content
        assert files.used_bytes == len(content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incoming, "BUFFER_BYTES", buffer_bytes)
        asyncio.run(send())
