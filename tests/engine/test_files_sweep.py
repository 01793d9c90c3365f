"""What sweeps take from the folder behind the desk, and what they never take."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from service.storage import incoming
from service.storage.files import FileStore
from tests.engine.shelf import nothing, take_in

KIB = 1024
JOB = "0199-job"


def _leave(files: FileStore, job_id: str, name: str, content: bytes) -> None:
    files.artifacts_dir(job_id).mkdir(parents=True, exist_ok=True)
    (files.artifacts_dir(job_id) / name).write_bytes(content)


# --- sweeps ---
async def test_a_sweep_takes_what_nobody_holds_and_nothing_else(files: FileStore, tmp_path: Path) -> None:
    pinned = await take_in(files, b"pinned")
    held = await take_in(files, b"held")
    nobody = await take_in(files, b"nobody's")
    on_its_way = await files.receive("d", "text/plain")
    await on_its_way.write(b"x" * incoming.BUFFER_BYTES)
    files.unpin([held.sha256, nobody.sha256])
    _leave(files, "kept", "a", b"1")
    _leave(files, "gone", "a", b"123")

    async def read_held() -> set[str]:
        return {held.sha256}

    assert await files.sweep(read_held, {"kept"}) == len(b"nobody's") + 3
    assert files.blob_path(pinned.sha256).exists()
    assert files.blob_path(held.sha256).exists()
    assert not files.blob_path(nobody.sha256).exists()
    assert not (tmp_path / "data" / "jobs" / "gone").exists()
    taken = await on_its_way.commit()
    assert files.blob_path(taken.sha256).exists()
    assert files.used_bytes == len(b"pinned") + len(b"held") + 1 + taken.size_bytes


async def test_what_a_job_gets_while_a_sweep_reads_is_not_swept(files: FileStore) -> None:
    taken = await take_in(files, b"content")

    async def read_held() -> set[str]:
        before: set[str] = set()  # what the database said a moment ago
        files.unpin([taken.sha256])  # and now a job is committed that has it
        return before

    await files.sweep(read_held)
    assert files.blob_path(taken.sha256).exists()
    await files.sweep(nothing)
    assert not files.blob_path(taken.sha256).exists()


async def test_a_sweep_of_named_contents_touches_no_other_and_asks_about_no_other(files: FileStore) -> None:
    pinned, held, nobody, other = [
        await take_in(files, name) for name in (b"p", b"held", b"nobody", b"other")
    ]
    files.unpin([held.sha256, nobody.sha256, other.sha256])
    asked: list[str] = []

    async def read_held(sha256: Sequence[str]) -> set[str]:
        asked.extend(sha256)
        return {held.sha256}

    named = [pinned.sha256, held.sha256, nobody.sha256]
    assert await files.sweep_contents(named, read_held) == len(b"nobody")
    assert asked == named
    there = [files.blob_path(one.sha256).exists() for one in (pinned, held, nobody, other)]
    assert there == [True, True, False, True]
    assert files.used_bytes == len(b"p" + b"held" + b"other")


async def test_what_a_job_gets_while_named_contents_are_swept_is_not_swept(files: FileStore) -> None:
    taken = await take_in(files, b"content")

    async def read_held(_: Sequence[str]) -> set[str]:
        files.unpin([taken.sha256])  # a job is committed that has it, after the database has answered
        return set()

    assert await files.sweep_contents([taken.sha256], read_held) == 0
    assert files.blob_path(taken.sha256).exists()


async def test_each_upload_has_a_pin_of_its_own(files: FileStore) -> None:
    first = await take_in(files, b"twice")
    await take_in(files, b"twice")
    files.unpin([first.sha256])
    await files.sweep(nothing)
    assert files.blob_path(first.sha256).exists()
    files.unpin([first.sha256])
    await files.sweep(nothing)
    assert not files.blob_path(first.sha256).exists()
    assert files.used_bytes == 0


async def test_a_content_that_was_swept_can_come_again(files: FileStore) -> None:
    taken = await take_in(files, b"again")
    files.unpin([taken.sha256])
    await files.sweep(nothing)
    assert (await take_in(files, b"again")).sha256 == taken.sha256
    assert files.blob_path(taken.sha256).read_bytes() == b"again"


async def test_uploads_and_sweeps_at_once_lose_nothing(files: FileStore) -> None:
    async def come_and_go(number: int) -> None:
        for turn in range(10):
            taken = await take_in(files, b"shared %d" % (turn % 3))
            assert files.blob_path(taken.sha256).read_bytes() == b"shared %d" % (turn % 3)
            files.unpin([taken.sha256])

    async def sweep() -> None:
        for _ in range(20):
            await files.sweep(nothing)

    await asyncio.gather(sweep(), *(come_and_go(number) for number in range(4)))
    await files.sweep(nothing)
    assert files.used_bytes == 0
