"""The kind: documents go in, bad ones fail by name, nothing is done twice, and the pipeline tells what it does."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from service.kinds.base import Cancelled, ItemResult
from service.kinds.ingestion.kind import IngestionKind
from service.kinds.ingestion.library.catalogue import Catalogue, Listing, page_of
from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.pipeline import walk
from service.kinds.ingestion.pipeline.reader import Reader
from service.kinds.testing import KindRun, RecordingHost, run_kind
from service.model.errors import JobError
from tests.kinds import ingestion_files as make

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "documents"
GOOD = {
    "a.txt": "Ada Lovelace wrote to Charles Babbage. Ada Lovelace wrote again.",
    "b.md": "# Engines\n\nThe analytical engine was never built.",
    "c.html": "<h1>Looms</h1><p>The Jacquard loom was programmed with cards.</p>",
    "d.docx": make.docx(make.paragraph("Notes", "H1") + make.paragraph("Numbers of Bernoulli.")),
    "e.epub": make.epub(["<h1>Chapter</h1><p>A book of engines.</p>"]),
    "f.csv": "name,born\nAda,1815\nCharles,1791\n",
    "g.pdf": make.pdf([[(72.0, 700.0, "A difference engine on paper.")]]),
}


JOB_NUMBERS = count(1)


def ingest(
    tmp_path: Path,
    files: dict[str, bytes | str],
    *,
    folder: str = "run",
    host: RecordingHost | None = None,
    **more: Any,
) -> KindRun:
    paths = make.write(tmp_path / "inputs", files)
    job = {"job_id": f"job-{next(JOB_NUMBERS)}"} | more
    return run_kind(IngestionKind(), tmp_path / folder, files=paths, host=host, **job)


def statuses(run: KindRun) -> dict[str, str]:
    assert run.output is not None
    return {each["source"]: each["status"] for each in run.output["results"]}


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[SqliteShelves]:
    made = SqliteShelves(tmp_path / "run" / "shared" / FILE_NAME)
    yield made
    made.close()


def texts(shelves: SqliteShelves, word: str) -> list[str]:
    hits = shelves.by_words(f'"{word}"', 10, Filters())
    return [found.chunk.text for found in shelves.chunks([hit.chunk_id for hit in hits]).values()]


def test_every_format_goes_in_and_can_be_found(tmp_path: Path, shelves: SqliteShelves) -> None:
    run = ingest(tmp_path, GOOD, args={"tags": ["old"]})
    assert statuses(run) == dict.fromkeys(GOOD, "created")
    assert run.output is not None
    assert run.output["documents"] == {"total": 7, "created": 7, "replaced": 0, "unchanged": 0, "failed": 0}
    assert run.output["chunks"] == run.output["vectors"] == 7
    assert len(texts(shelves, "engine")) == 3
    listed, _ = page_of(Catalogue(shelves).rows(Listing(limit=9, filters=Filters(tags=("old",)))), 9)
    assert {each["kind"] for each in listed} == {"text", "markdown", "html", "docx", "epub", "csv", "pdf"}
    assert {each["title"] for each in listed} >= {"Engines", "Looms", "Notes", "A Book", "f"}
    saved = json.loads((run.artifacts_dir / "ingestion.json").read_text("utf-8"))
    assert saved["results"] == run.output["results"]
    names = Catalogue(shelves).entities(limit=9, words="", document_id=None)
    assert ("Ada Lovelace", 2) in {(each["name"], each["mentions"]) for each in names}


def test_bad_documents_fail_by_name_and_never_stop_the_others(tmp_path: Path, shelves: SqliteShelves) -> None:
    bad = {
        "locked.pdf": make.pdf([[(72, 700, "x")]], password="s"), "scan.pdf": make.pdf([[]], picture_on=[1]),
        "cut.docx": make.docx(make.paragraph("x"))[:90], "empty.txt": b"", "noise.txt": bytes(range(256)) * 30,
    }  # fmt: skip
    run = ingest(tmp_path, {**bad, "good.txt": "A heron stands here."})
    assert run.output is not None
    codes = {each["source"]: each["error"]["code"] for each in run.output["results"] if "error" in each}
    assert codes == {
        "locked.pdf": "pdf_encrypted", "scan.pdf": "needs_ocr", "cut.docx": "archive_corrupt",
        "empty.txt": "document_empty", "noise.txt": "format_unknown",
    }  # fmt: skip
    assert texts(shelves, "heron") == ["A heron stands here."]
    assert {result.code for result in run.host.results if result.status == "failed"} == set(codes.values())


def test_a_job_without_a_single_good_document_fails(tmp_path: Path) -> None:
    with pytest.raises(JobError) as one:
        ingest(tmp_path, {"a.txt": b""})
    assert one.value.code == "document_empty"
    with pytest.raises(JobError) as several:
        ingest(tmp_path, {"a.txt": b"", "b.txt": b" "}, folder="other")
    assert several.value.code == "all_documents_failed"


def test_the_same_again_changes_nothing_but_its_tags_and_a_new_version_replaces(
    tmp_path: Path, shelves: SqliteShelves
) -> None:
    ingest(tmp_path, {"a.txt": "A heron stands here.", "b.txt": "A bittern hides."})
    before = (tmp_path / "run" / "shared" / FILE_NAME).stat().st_size
    again = ingest(
        tmp_path, {"a.txt": "A heron stands here.", "copy.txt": "A bittern hides."}, args={"tags": ["new"]}
    )
    assert statuses(again) == {"a.txt": "unchanged", "copy.txt": "unchanged"}
    assert (tmp_path / "run" / "shared" / FILE_NAME).stat().st_size == before
    assert len(shelves.by_words('"heron"', 9, Filters(tags=("new",)))) == 1
    third = ingest(tmp_path, {"a.txt": "An egret stands here."})
    assert statuses(third) == {"a.txt": "replaced"}
    assert texts(shelves, "heron") == []
    assert texts(shelves, "egret") == ["An egret stands here."]


def test_files_of_one_name_are_two_documents_and_twins_are_one(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("x", "y", "z")]
    contents = ["# First", "# Second", "# First"]
    paths = [make.write(folder, {"n.md": text})[0] for folder, text in zip(folders, contents, strict=True)]
    run = run_kind(IngestionKind(), tmp_path / "run", files=paths)
    assert statuses(run) == {"n.md": "created", "n.md (2)": "created", "n.md (3)": "unchanged"}
    twins = make.write(tmp_path / "w", {"p.txt": b"", "q.txt": b"", "r.txt": b"fine"})
    run = run_kind(IngestionKind(), tmp_path / "run2", files=twins)
    assert run.output is not None
    errors = {each["source"]: each.get("error", {}).get("code") for each in run.output["results"]}
    assert errors == {"p.txt": "document_empty", "q.txt": "same_as_failed", "r.txt": None}


def test_a_bad_page_is_a_failed_item_and_the_rest_is_kept(tmp_path: Path, shelves: SqliteShelves) -> None:
    run = ingest(tmp_path, {"a.pdf": make.pdf([[(72, 700, "A heron page.")], []], picture_on=[2])})
    assert [(each.key, each.status, each.code) for each in run.host.results] == [
        ("a.pdf · page 2", "failed", "needs_ocr"), ("a.pdf", "completed", None),
    ]  # fmt: skip
    assert run.output is not None
    assert run.output["parts_failed"] == 1
    assert texts(shelves, "heron") == ["A heron page."]
    # A retry takes over what was completed; a document that lacks parts is read again.
    completed = [each for each in run.host.results if each.status == "completed"]
    retry = ingest(
        tmp_path, {"a.pdf": make.pdf([[(72, 700, "A heron page.")], []], picture_on=[2])},
        host=RecordingHost(results=completed),
    )  # fmt: skip
    assert [each.key for each in retry.host.results[1:]] == ["a.pdf · page 2", "a.pdf · again"]


def test_a_chunk_that_cannot_be_embedded_is_a_failed_item_and_found_by_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shelves: SqliteShelves
) -> None:
    from service.kinds.ingestion.embeddings.static import StaticTable

    class Picky(StaticTable):
        def embed(self, texts: Sequence[str]) -> Any:
            if any("poison" in text for text in texts):
                raise JobError("embedding_refused", "This text is not wanted.")
            return super().embed(texts)

    monkeypatch.setattr(walk, "make_model", lambda _: Picky())
    section = "## Part {0}\n\n" + "A line about herons and reeds. " * 130
    text = "\n\n".join(section.format(n) for n in range(3)).replace("Part 1", "Part 1 poison")
    run = ingest(tmp_path, {"a.md": text})
    assert run.output is not None
    (result,) = run.output["results"]
    assert (result["chunks"], result["vectors"], result["faults"]) == (3, 2, ["chunk 2"])
    assert len(texts(shelves, "poison")) == 1


def test_after_a_crash_finished_documents_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = Reader.read

    def recorded(self: Reader, path: Path, name: str) -> Any:
        read.append(name)
        return original(self, path, name)

    monkeypatch.setattr(Reader, "read", recorded)

    class Dies(RecordingHost):
        def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
            super().item_finished(result, unit, is_effect=is_effect)
            if len(self.results) == 3:
                raise KeyboardInterrupt

    host = Dies()
    with pytest.raises(KeyboardInterrupt):
        ingest(tmp_path, GOOD, host=host)
    done = [result.key for result in host.results]
    read.clear()
    second = RecordingHost(results=list(host.results))
    run = ingest(tmp_path, GOOD, host=second)
    assert not set(read) & set(done)
    assert [result.key for result in second.results] == list(GOOD)
    assert set(statuses(run).values()) <= {"created", "unchanged"}


def test_what_was_written_right_before_a_crash_is_told_as_this_jobs_work(tmp_path: Path) -> None:
    ingest(tmp_path, {"a.txt": "The first heron."})
    files: dict[str, bytes | str] = {"a.txt": "A second heron by the reeds.", "b.txt": "Wilhelmina saw it."}
    told = ingest(tmp_path, files, job_id="crashed")
    again = ingest(tmp_path, {**files, "copy.txt": files["b.txt"]}, job_id="crashed")  # no item was kept
    assert statuses(again) == {"a.txt": "replaced", "b.txt": "created", "copy.txt": "unchanged"}
    assert told.output is not None
    assert again.output is not None
    for before, after in zip(told.output["results"], again.output["results"], strict=False):
        assert all(before[name] == after[name] for name in ("chunks", "vectors", "entities", "relations"))
    later = ingest(tmp_path, files)
    assert statuses(later) == {"a.txt": "unchanged", "b.txt": "unchanged"}


def test_cancel_ends_everything_at_once(tmp_path: Path) -> None:
    class Impatient(RecordingHost):
        def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
            super().item_finished(result, unit, is_effect=is_effect)
            self.is_cancel_asked = True

    threads = set(threading.enumerate())
    host = Impatient()
    with pytest.raises(Cancelled):
        ingest(tmp_path, {f"{n}.txt": f"Text number {n}." for n in range(50)}, host=host)
    assert len(host.results) == 1
    assert set(threading.enumerate()) == threads, "no thread is left, and with them no reader"


def test_a_reader_that_dies_or_hangs_costs_its_document_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Reader._started

    def sabotaged(self: Reader) -> Any:
        process = original(self)
        if (tmp_path / "kill").exists():
            (tmp_path / "kill").unlink()
            process.kill()
            process.wait()
        return process

    monkeypatch.setattr(Reader, "_started", sabotaged)
    (tmp_path / "kill").touch()
    run = ingest(tmp_path, {"a.txt": "one", "b.txt": "two", "c.txt": "three"}, settings={"readers": 1})
    assert run.output is not None
    codes = [each.get("error", {}).get("code") for each in run.output["results"]]
    assert codes == ["reader_crashed", None, None]
    hanging = make.write(tmp_path / "pipe", {})
    assert hanging == []
    fifo = tmp_path / "endless.txt"
    os.mkfifo(fifo)
    reader = Reader(document_seconds=0.3)
    with pytest.raises(JobError) as caught:
        list(reader.read(fifo, "endless.txt"))
    assert caught.value.code == "document_timed_out"
    reader.close()


def test_without_a_model_everything_but_vectors_is_there_and_it_is_said(
    tmp_path: Path, shelves: SqliteShelves
) -> None:
    run = ingest(tmp_path, {"a.txt": "A heron."}, settings={"embedding": "none"}, args={"entities": False})
    assert run.output is not None
    assert (run.output["embedding"], run.output["vectors"], run.output["entities"]) == (None, 0, 0)
    assert "BM25 alone" in run.output["notes"][0]
    assert texts(shelves, "heron") == ["A heron."]
    later = ingest(tmp_path, {"a.txt": "A heron."})
    assert statuses(later) == {"a.txt": "replaced"}, "the same content, but it has no vectors yet"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample documents are missing: {SAMPLES}")
def test_all_sample_documents_go_in_and_the_two_bad_ones_fail_by_name(
    tmp_path: Path, shelves: SqliteShelves
) -> None:
    files = sorted(path for path in SAMPLES.iterdir() if path.is_file())
    run = run_kind(IngestionKind(), tmp_path / "run", files=files)
    assert run.output is not None
    failed = {
        each["source"]: each["error"]["code"] for each in run.output["results"] if each["status"] == "failed"
    }
    assert failed == {"ocr_test.pdf": "needs_ocr", "password.pdf": "pdf_encrypted"}
    for truth in sorted((SAMPLES / "truth").iterdir()):
        name = next(path.name for path in files if path.name in (truth.stem, f"{truth.stem}.pdf"))
        (found,) = (each for each in run.output["results"] if each["source"] == name)
        document = Catalogue(shelves).document(found["document_id"], first=0, limit=500)
        assert document is not None
        words = {word for chunk in document["chunks"] for word in plain(chunk["text"])}
        wanted = set(plain(truth.read_text("utf-8")))
        # docling keeps the navigation around the article, which we leave out.
        share = 0.8 if name.endswith(".html") else 0.85
        assert len(wanted & words) >= share * len(wanted), (name, sorted(wanted - words)[:20])


def plain(text: str) -> list[str]:
    import re

    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)|<!--.*?-->|[*_#|`\\-]", r"\1 ", text)
    return [word.lower() for word in re.findall(r"[^\W_]{3,}", text)]


def test_the_library_is_sound_after_everything(tmp_path: Path) -> None:
    ingest(tmp_path, GOOD)
    ingest(tmp_path, {**GOOD, "a.txt": "Something else."})
    with sqlite3.connect(tmp_path / "run" / "shared" / FILE_NAME) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
