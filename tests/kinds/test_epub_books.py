"""Real books: those in examples/, and the larger set of samples with a known truth when it is at hand."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from service.kinds.epub.kind import EpubKind
from service.kinds.testing import RecordingHost, run_kind
from service.model.errors import JobError

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples" / "epub"
SAMPLES = REPOSITORY.parent / "shared" / "samples" / "epub"

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"MISSING: the sample books ({SAMPLES}) are not beside this repository"
)


def count(tmp_path: Path, book: Path, tokenizers: list[str] | None = None) -> dict[str, Any]:
    args = {"tokenizers": [] if tokenizers is None else tokenizers}
    run = run_kind(EpubKind(), tmp_path / "job", args=args, files=[book])
    assert run.output is not None
    result: dict[str, Any] = run.output["results"][0]
    return result


def example_words() -> list[tuple[str, int]]:
    rows = re.findall(
        r"^\| `(\S+\.epub)` \|.*?\| ([\d,]+) \|", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE
    )
    return [(name, int(words.replace(",", ""))) for name, words in rows]


def test_the_readme_of_the_examples_names_every_book() -> None:
    assert {name for name, _ in example_words()} == {path.name for path in EXAMPLES.glob("*.epub")}


@pytest.mark.parametrize(("name", "words"), example_words())
def test_the_examples_have_the_words_that_their_readme_says(tmp_path: Path, name: str, words: int) -> None:
    result = count(tmp_path, EXAMPLES / name, ["o200k_base"])
    assert result["wordCount"] == words
    assert result["tokenCounts"][0]["count"] > words * 0.9
    assert result["warnings"] == []


def test_the_examples_are_what_their_maker_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = runpy.run_path(str(EXAMPLES / "make.py"))
    (tmp_path / "texts").symlink_to(EXAMPLES / "texts")
    monkeypatch.setitem(module["make"].__globals__, "HERE", tmp_path)
    for book in module["BOOKS"]:
        module["make"](*book)
        name = f"{book[0]}.epub"
        assert count(tmp_path / book[0], tmp_path / name) == count(tmp_path / f"{book[0]}2", EXAMPLES / name)


TRUTH = [
    # file, title, author, language, publisher, chapters, words: samples/README.md
    ("moby-dick", "Moby-Dick", "Herman Melville", "en-US", "Harper & Brothers, Publishers", 144, 212_890),
    (
        "childrens-literature",
        "Children's Literature",
        "Charles Madison Curry, Erle Elsworth Clippinger",
        "en",
        "Unknown Publisher",
        3,
        54_730,
    ),
    ("wasteland", "The Waste Land", "T.S. Eliot", "en-US", "Unknown Publisher", 1, 4_590),
    ("wasteland-woff-obf", "The Waste Land", "T.S. Eliot", "en-US", "Unknown Publisher", 1, 4_590),
    ("kusamakura-preview", "草枕", "夏目 漱石", "ja-jp", "Unknown Publisher", 3, 6_470),
    (
        "regime-anticancer-arabic",
        "Le Vrai Régime anti-cancer",
        "Pr David Khayat, Nathalie Hutter-Lardeau",
        "ar",
        "Hachette Antoine",
        3,
        4_750,
    ),
]


@needs_samples
@pytest.mark.parametrize(("name", "title", "author", "language", "publisher", "chapters", "words"), TRUTH)
def test_real_books_have_the_words_and_metadata_of_their_truth(
    tmp_path: Path,
    name: str,
    title: str,
    author: str,
    language: str,
    publisher: str,
    chapters: int,
    words: int,
) -> None:
    result = count(tmp_path, SAMPLES / f"{name}.epub")
    metadata = result["metadata"]
    assert (metadata["title"], metadata["author"]) == (title, author)
    assert (metadata["language"], metadata["publisher"]) == (language, publisher)
    assert len(result["chapters"]) == chapters
    assert result["wordCount"] == pytest.approx(words, rel=0.01)


@needs_samples
def test_tokens_of_a_novel_are_those_of_its_text_under_tiktoken(tmp_path: Path) -> None:
    # 288,612 and 286,309: tiktoken 0.14 over the plain text of each of the 144 documents
    result = count(tmp_path, SAMPLES / "moby-dick.epub", ["cl100k_base", "o200k_base"])
    assert [c["count"] for c in result["tokenCounts"]] == [288_612, 286_309]
    assert len(json.dumps(result)) < 100_000


@needs_samples
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("malformed/empty", "epub_empty"),
        ("malformed/image-not-a-zip", "epub_not_a_zip"),
        ("malformed/no-end-header", "epub_truncated"),
        ("hostile/bomb", "epub_bomb"),
        ("hostile/ratio", "epub_bomb"),
        ("hostile/bitrot", "epub_corrupt"),
        ("hostile/bitrot-crc", "epub_corrupt"),
        ("hostile/truncated", "epub_truncated"),
        ("hostile/lol", "epub_bomb"),
        ("hostile/lol-billion", "epub_bomb"),
        ("hostile/drm", "epub_encrypted"),
    ],
)
def test_hostile_samples_fail_with_their_code_and_leave_no_text(tmp_path: Path, name: str, code: str) -> None:
    host = RecordingHost()
    with pytest.raises(JobError) as failure:
        run_kind(EpubKind(), tmp_path / "job", files=[SAMPLES / f"{name}.epub"], host=host)
    assert failure.value.code == code
    assert set(host.artifacts) == {"results.json", "results.csv", "results.md"}


@needs_samples
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("malformed/minimal-valid", 4),
        ("malformed/mimetype-missing", 4),
        ("malformed/duplicate-entry", 4),
        ("hostile/nbsp", 3),
        ("hostile/traverse", 1),
    ],
)
def test_odd_samples_can_be_read_and_nothing_lands_outside(tmp_path: Path, name: str, words: int) -> None:
    assert count(tmp_path, SAMPLES / f"{name}.epub")["wordCount"] == words
    assert {path.name for path in tmp_path.iterdir()} == {"job"}
