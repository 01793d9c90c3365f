"""The two pure functions that the HTTP routes of this kind use: its dialect and its folder search; and its docs."""

import re
from pathlib import Path
from typing import Any

import pytest

from service.kinds.epub import folder
from service.kinds.epub.codes import REMEDIATION
from service.kinds.epub.dialect import epub_dialect
from service.kinds.epub.folder import find_books
from service.kinds.epub.kind import EpubKind
from service.model.errors import JobError

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("queued", {"status": "queued", "position": 3}, [("queued", {"status": "queued", "position": 3})]),
        (
            "position",
            {"status": "queued", "position": 2, "estimate": {}},
            [("queued", {"status": "queued", "position": 2})],
        ),
        ("position", {"status": "running", "position": None}, []),
        (
            "progress",
            {
                "file_name": "a.epub",
                "current": 1,
                "total": 2,
                "percent": 62.5,
                "unit": "book",
                "status": "running",
            },
            [("progress", {"fileName": "a.epub", "current": 1, "total": 2, "percent": 62.5})],
        ),
        (
            "completed",
            {"job_id": "j", "output": {"summary": {"total": 1}}, "artifacts": []},
            [("completed", {"summary": {"total": 1}})],
        ),
        (
            "failed",
            {"error": {"code": "epub_bomb", "message": "no", "remediation": "r", "retriable": False}},
            [("failed", {"code": "epub_bomb", "message": "no"})],
        ),
        ("cancelled", {"job_id": "j"}, [("cancelled", {})]),
        ("ping", {"time": "t"}, [("ping", {"time": "t"})]),
        ("bye", {}, [("bye", {})]),
        ("resync", {"job": {}}, [("resync", {"job": {}})]),
        ("started", {"attempt": 1}, []),
        ("item_completed", {"key": "1:a"}, []),
        ("item_failed", {"key": "1:a"}, []),
        ("interrupted", {"reason": "x"}, []),
        ("log", {"line": "x"}, []),
    ],
)
def test_each_canonical_event_is_said_in_the_words_of_the_kind(
    name: str, data: dict[str, Any], said: list[tuple[str, dict[str, Any]]]
) -> None:
    assert list(epub_dialect(name, data)) == said


def test_the_kind_gives_its_dialect() -> None:
    assert EpubKind().dialect() is epub_dialect


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with two books, one below, one that is none, and links that lead outside."""
    root = tmp_path / "books"
    (root / "shelf").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    for place in (
        root / "a.epub",
        root / "B.EPUB",
        root / "shelf" / "c.epub",
        root / "x.pdf",
        outside / "o.epub",
    ):
        place.touch()
    (root / "leads-out.epub").symlink_to(outside / "o.epub")
    (root / "out").symlink_to(outside)
    (root / "inner.epub").symlink_to(root / "shelf" / "c.epub")
    return root


def names(found: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in found]


def test_a_folder_gives_its_books_sorted_and_with_recursion_those_below(root: Path) -> None:
    assert names(find_books(root, ".", False), root) == ["B.EPUB", "a.epub", "inner.epub"]
    assert names(find_books(root, str(root), True), root) == [
        "B.EPUB", "a.epub", "inner.epub", "shelf/c.epub",
    ]  # fmt: skip


def test_a_file_is_found_by_relative_and_by_absolute_path_below_any_root(root: Path, tmp_path: Path) -> None:
    roots = [tmp_path / "no-such-root", root]
    assert find_books(roots, "shelf/c.epub") == [root / "shelf" / "c.epub"]
    assert find_books(roots, str(root / "a.epub")) == [root / "a.epub"]


@pytest.mark.parametrize(
    ("requested", "code"),
    [
        ("../outside", "path_not_allowed"),
        ("/etc", "path_not_allowed"),
        ("shelf/../../outside/o.epub", "path_not_allowed"),
        ("leads-out.epub", "path_not_allowed"),
        ("out", "path_not_allowed"),
        ("missing", "path_not_found"),
        ("", "path_not_found"),
        ("a\x00.epub", "path_not_found"),
        ("x.pdf", "path_has_no_books"),
        ("n" * 5000, "path_not_allowed"),
    ],
)
def test_what_is_outside_missing_or_no_book_has_its_code(root: Path, requested: str, code: str) -> None:
    with pytest.raises(JobError) as failure:
        find_books(root, requested, True)
    assert failure.value.code == code


def test_no_root_allows_nothing(root: Path) -> None:
    with pytest.raises(JobError) as failure:
        find_books([], str(root))
    assert failure.value.code == "path_not_allowed"


def test_a_folder_with_too_many_books_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_BOOKS", 2)
    with pytest.raises(JobError) as failure:
        find_books(root, ".", True)
    assert failure.value.code == "path_has_too_many_books"


def test_every_code_that_the_kind_raises_is_documented_and_has_a_remedy() -> None:
    page = (REPOSITORY / "docs" / "kinds" / "epub.md").read_text("utf-8")
    raised: set[str] = set()
    for source in (REPOSITORY / "service" / "kinds" / "epub").glob("*.py"):
        raised |= set(
            re.findall(r'"((?:epub|path|tokenizer)_[a-z_]+|all_books_failed)"', source.read_text("utf-8"))
        )
    raised -= {"epub_dialect"}
    assert {code for code in raised if f"`{code}`" not in page} == set()
    assert {code for code in raised if code.startswith("epub_")} <= set(REMEDIATION)
