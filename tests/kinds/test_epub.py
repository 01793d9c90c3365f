"""The `epub` kind end to end, on books made here: results, progress, resume, cancel, failures."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from service.kinds.base import Cancelled, ItemResult
from service.kinds.epub import pipeline
from service.kinds.epub.args import EpubArgs
from service.kinds.epub.codes import REMEDIATION
from service.kinds.epub.kind import EpubKind
from service.kinds.epub.results import small_output
from service.kinds.testing import KindRun, RecordingHost, run_kind
from service.model.errors import JobError
from service.model.progress import Progress
from tests.kinds.epub_files import make_epub, xhtml

WORDS_ONLY: dict[str, Any] = {"tokenizers": []}


def results_of(run: KindRun) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((run.artifacts_dir / "results.json").read_text("utf-8"))
    return loaded


def test_a_book_gives_words_tokens_chapters_and_its_text(tmp_path: Path) -> None:
    book = make_epub(
        tmp_path / "small.epub", ["<h1>One</h1><p>Hello, small world!</p>", "<p>The <b>end</b>.</p>"]
    )
    run = run_kind(EpubKind(), tmp_path / "job", files=[book])
    assert run.output == results_of(run)
    assert run.output["summary"] == {"total": 1, "success": 1, "failed": 0}
    assert run.output["schemaVersion"] == 1
    assert run.output["timestamp"].endswith("Z")
    assert run.output["options"] == {"tokenizers": ["cl100k_base", "o200k_base"], "maxMb": 200.0}
    (result,) = run.output["results"]
    assert result["filePath"] == "small.epub"
    assert result["metadata"]["title"] == "A Small Book"
    assert result["metadata"]["author"] == "Ada Writer"
    assert result["metadata"]["publisher"] == "Our Press"
    assert result["wordCount"] == 6
    # "One\n\nHello, small world!" and "The end." under cl100k: 1+1+1+1+1+1+1 and 3
    assert [c["name"] for c in result["tokenCounts"]] == ["cl100k_base", "o200k_base"]
    assert [(c["title"], c["wordCount"]) for c in result["chapters"]] == [("One", 4), ("Section 2", 2)]
    for n, total in enumerate(result["tokenCounts"]):
        assert total["count"] == sum(c["tokenCounts"][n]["count"] for c in result["chapters"]) > 0
    assert set(run.host.artifacts) == {"small.md", "results.json", "results.csv", "results.md"}
    text = (run.artifacts_dir / "small.md").read_text("utf-8")
    assert text == "# A Small Book\n\nAda Writer\n\n# One\n\nHello, small world!\n\nThe **end**.\n"


def test_the_progress_counts_books_and_chapters_that_are_finished(tmp_path: Path) -> None:
    books = [make_epub(tmp_path / f"{n}.epub", ["<p>a</p>", "<p>b</p>"]) for n in (1, 2)]
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=books)
    seen = [(p.file_name, p.percent) for p in run.host.progress if p.message]
    percents = [percent for _, percent in seen]
    assert percents == sorted(percents)
    assert ("1.epub", 25.0) in seen
    assert ("1.epub", 50.0) in seen
    assert ("2.epub", 75.0) in seen
    last = run.host.progress[-1]
    assert (last.percent, last.current, last.total, last.unit) == (100.0, 2, 2, "book")
    assert run.host.total == 2


def test_a_bad_book_stays_in_the_results_and_the_others_are_counted(tmp_path: Path) -> None:
    bad = tmp_path / "bad.epub"
    bad.write_bytes(b"")
    good = make_epub(tmp_path / "good.epub")
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=[bad, good])
    assert run.output is not None
    first, second = run.output["results"]
    assert first["error"]["code"] == "epub_empty"
    assert first["wordCount"] is None
    assert first["tokenCounts"] == []
    assert second["wordCount"] == 3
    assert run.output["summary"] == {"total": 2, "success": 1, "failed": 1}
    assert [r.status for r in run.host.results] == ["failed", "completed"]
    assert not (run.artifacts_dir / "bad.md").exists()


def test_an_only_book_that_is_bad_fails_the_job_with_its_own_code_and_leaves_the_results(
    tmp_path: Path,
) -> None:
    bad = tmp_path / "bad.epub"
    bad.write_bytes(b"GIF89a, not a book")
    host = RecordingHost()
    with pytest.raises(JobError) as failure:
        run_kind(EpubKind(), tmp_path / "job", files=[bad], host=host)
    assert failure.value.code == "epub_not_a_zip"
    assert failure.value.remediation == REMEDIATION["epub_not_a_zip"]
    assert "results.json" in host.artifacts
    saved = json.loads((tmp_path / "job/artifacts/results.json").read_text("utf-8"))
    assert saved["results"][0]["error"]["code"] == "epub_not_a_zip"


def test_several_bad_books_fail_the_job_together(tmp_path: Path) -> None:
    for name in ("a.epub", "b.epub"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(JobError) as failure:
        run_kind(EpubKind(), tmp_path / "job", files=[tmp_path / "a.epub", tmp_path / "b.epub"])
    assert failure.value.code == "all_books_failed"


def test_a_book_above_max_mb_is_too_large(tmp_path: Path) -> None:
    book = make_epub(tmp_path / "book.epub", extra={"OEBPS/noise.bin": bytes(range(256)) * 40})
    with pytest.raises(JobError) as failure:
        run_kind(EpubKind(), tmp_path / "job", args={"max_mb": 0.001}, files=[book])
    assert failure.value.code == "epub_too_large"


def test_two_books_of_the_same_name_keep_their_own_text_and_place(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    books = [
        make_epub(tmp_path / "one" / "Results.epub", ["<p>first</p>"]),
        make_epub(tmp_path / "two" / "results.epub", ["<p>second book</p>"]),
    ]
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=books)
    assert run.output is not None
    assert [r["wordCount"] for r in run.output["results"]] == [1, 2]
    assert "first" in (run.artifacts_dir / "Results-2.md").read_text()
    assert "second book" in (run.artifacts_dir / "results-3.md").read_text()
    assert "Words and tokens" in (run.artifacts_dir / "results.md").read_text()


def test_a_second_attempt_does_not_read_the_books_that_are_done(tmp_path: Path) -> None:
    books = [make_epub(tmp_path / f"{n}.epub", [f"<p>{'word ' * n}</p>"]) for n in (1, 2)]
    first = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=books)
    only_first = RecordingHost(results=first.host.results[:1])
    books[0].write_bytes(b"no longer a book")  # reading it again would fail
    again = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=books, host=only_first)
    assert again.output is not None
    assert first.output is not None
    assert again.output["results"] == first.output["results"]
    assert [r.key for r in again.host.results] == ["1:1.epub", "2:2.epub"]


def test_a_retry_in_a_new_folder_takes_results_from_the_items_and_writes_the_text_again(
    tmp_path: Path,
) -> None:
    book = make_epub(tmp_path / "book.epub", ["<p>one two</p>"])
    first = run_kind(EpubKind(), tmp_path / "old", args=WORDS_ONLY, files=[book])
    host = RecordingHost(results=list(first.host.results))
    retry = run_kind(EpubKind(), tmp_path / "new", args=WORDS_ONLY, files=[book], host=host)
    assert first.output is not None
    assert retry.output is not None
    assert retry.output["results"] == first.output["results"]
    assert (retry.artifacts_dir / "book.md").read_bytes() == (first.artifacts_dir / "book.md").read_bytes()


def test_the_chapters_of_a_long_book_come_back_from_the_work_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "MAX_ITEM_BYTES", 10)
    book = make_epub(tmp_path / "book.epub", ["<p>one</p>", "<p>two</p>"])
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=[book])
    (item,) = run.host.results
    assert item.output["chaptersOmitted"] is True
    assert item.output["chapters"] == []
    assert run.output is not None
    assert len(run.output["results"][0]["chapters"]) == 2


class CancelAfter(RecordingHost):
    """Asks for the end once so many chapters have been reported."""

    def __init__(self, chapters: int) -> None:
        super().__init__()
        self.left = chapters

    def report(self, progress: Progress) -> None:
        """Count the chapters."""
        super().report(progress)
        if progress.message and " of " in progress.message:
            self.left -= 1
            self.is_cancel_asked = self.left <= 0


def test_a_cancel_is_seen_between_two_chapters_and_leaves_no_text(tmp_path: Path) -> None:
    book = make_epub(tmp_path / "book.epub", [f"<p>{n}</p>" for n in range(50)])
    host = CancelAfter(3)
    with pytest.raises(Cancelled):
        run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=[book], host=host)
    assert host.results == []
    assert host.artifacts == {}
    assert [path.name for path in (tmp_path / "job").rglob("*") if path.is_file()] == []
    assert sum(1 for p in host.progress if p.message and " of 50" in p.message) == 3


def test_a_fault_in_the_reader_costs_one_book_and_is_written_to_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.open_book

    def faulty(path: Path, max_mb: float) -> Any:
        if path.name == "a.epub":
            raise RecursionError("deep")
        return real(path, max_mb)

    monkeypatch.setattr(pipeline, "open_book", faulty)
    books = [make_epub(tmp_path / name) for name in ("a.epub", "b.epub")]
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=books)
    assert run.host.results[0] == ItemResult(
        "1:a.epub", "failed", None, "epub_unreadable", "The book could not be read: RecursionError"
    )
    assert run.host.results[1].status == "completed"
    assert "RecursionError" in run.host.lines[0]


def test_the_table_for_spreadsheets_has_a_line_a_book_and_no_formulas(tmp_path: Path) -> None:
    book = make_epub(tmp_path / "=1+1.epub", metadata='<dc:title>=HYPERLINK("x")</dc:title>')
    bad = tmp_path / "bad.epub"
    bad.write_bytes(b"")
    run = run_kind(EpubKind(), tmp_path / "job", args={"tokenizers": ["o200k_base"]}, files=[book, bad])
    head, first, second = csv.reader(io.StringIO((run.artifacts_dir / "results.csv").read_text("utf-8")))
    assert head[-3:] == ["o200k_base", "error_code", "error"]
    assert first[:2] == ["'=1+1.epub", '\'=HYPERLINK("x")']
    assert first[5:8] == ["3", "1", "3"]
    assert second[0] == "bad.epub"
    assert second[-2] == "epub_empty"
    markdown = (run.artifacts_dir / "results.md").read_text("utf-8")
    assert "1 of 2 books counted" in markdown
    assert "- bad.epub: The file is empty (0 bytes). (`epub_empty`)" in markdown


def test_an_output_that_would_be_too_long_says_what_it_leaves_out(tmp_path: Path) -> None:
    book = make_epub(tmp_path / "book.epub", [f"<h1>Chapter {n}</h1>" for n in range(20)])
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=[book])
    assert run.output is not None
    assert small_output(run.output) == run.output
    shorter = small_output(run.output, 1000)
    assert shorter["chaptersOmitted"] is True
    assert shorter["results"][0]["chapters"] == []
    assert shorter["results"][0]["chapterCount"] == 20
    shortest = small_output(run.output, 100)
    assert shortest["resultsOmitted"] is True
    assert shortest["summary"]["total"] == 1


def test_metadata_of_any_length_fits_a_table(tmp_path: Path) -> None:
    book = make_epub(
        tmp_path / "book.epub",
        documents=[xhtml(f"<h1>{'h' * 100_000}</h1>")],
        metadata=f"<dc:title>{'t' * 100_000}</dc:title>" + "<dc:creator>x</dc:creator>" * 1000,
    )
    run = run_kind(EpubKind(), tmp_path / "job", args=WORDS_ONLY, files=[book])
    assert run.output is not None
    result = run.output["results"][0]
    assert len(result["metadata"]["title"]) == 300
    assert result["metadata"]["authors"] == ["x"]
    assert len(result["chapters"][0]["title"]) == 300


@pytest.mark.parametrize(
    "args",
    [
        {"tokenizers": ["gpt2"]},
        {"tokenizers": ["hf:"]},
        {"tokenizers": ["cl100k_base", "cl100k_base"]},
        {"tokenizers": "cl100k_base"},
        {"max_mb": 0},
        {"max_mb": -1},
        {"max_mb": "NaN"},
        {"tokens": []},
    ],
)
def test_args_that_make_no_sense_are_refused(args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EpubArgs().load(args)


def test_the_args_have_defaults() -> None:
    assert EpubArgs().load({}) == {"tokenizers": ["cl100k_base", "o200k_base"], "max_mb": 200.0}
    assert EpubArgs().load({"tokenizers": ["hf:/models/x/tokenizer.json"], "max_mb": 5})["max_mb"] == 5.0
