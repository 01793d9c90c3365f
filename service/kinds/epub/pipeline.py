"""One job of the `epub` kind, in the child: walk the books, keep what each gave, leave the results."""

import json
import os
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from service.kinds.base import InputFile, Item, ItemResult, JobContext, json_size
from service.kinds.epub.book import Book, ChapterCount, open_book, sum_up
from service.kinds.epub.codes import book_error
from service.kinds.epub.results import (
    Result,
    all_results,
    book_result,
    failed_result,
    small_output,
    to_csv,
    to_markdown,
    without_chapters,
)
from service.kinds.epub.tokenizers import TokenizerSet
from service.model.artifacts import safe_name
from service.model.errors import JobError

MAX_ITEM_BYTES = 900 * 1024
"""An item's output may have 1 MiB; a longer list of chapters lives in the work folder alone."""
RESULT_NAMES = ("results.json", "results.csv", "results.md")
_MARKDOWN = "text/markdown"

NumberedFile = tuple[int, InputFile]


def count_books(job: JobContext) -> Mapping[str, Any]:
    """Count every input of the job and return its output; raises JobError when no book could be counted."""
    books = list(enumerate(job.inputs, 1))
    text_names = artifact_names(job.inputs)
    tokenizers = TokenizerSet(job.args["tokenizers"])
    for item in job.items(books, key=key_of, unit="book"):
        number, _ = item.value
        _count_one(job, item, tokenizers, text_names[number - 1])
    finished = {result.key: result for result in job.item_results()}
    results = [_collect(job, book, finished[key_of(book)]) for book in books]
    for book, text_name in zip(books, text_names, strict=True):
        if finished[key_of(book)].status == "completed" and not (job.artifacts_dir / text_name).exists():
            _restore_text(job, book, text_name)
    return _finish(job, results)


def key_of(book: NumberedFile) -> str:
    """Return the key of a book: its place among the inputs and its name, since two may have the same name."""
    return f"{book[0]}:{book[1].name}"


def artifact_names(inputs: Sequence[InputFile]) -> list[str]:
    """Return the name of each book's text, `<book>.md`, made unique in any letter case."""
    taken = {name.casefold() for name in RESULT_NAMES}
    names: list[str] = []
    for file in inputs:
        stem = safe_name(Path(safe_name(file.name, "book")).stem[:150], "book")
        name, number = f"{stem}.md", 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}.md"
        taken.add(name.casefold())
        names.append(name)
    return names


def _count_one(job: JobContext, item: Item[NumberedFile], tokenizers: TokenizerSet, text_name: str) -> None:
    """Count one book and commit it, done or failed; only a cancel or a fault of the machine ends the job."""
    number, file = item.value
    item.progress(0.0, "Opening", file_name=file.name)
    try:
        with open_book(file.path, job.args["max_mb"]) as book:
            chapters = _count_chapters(job, item, book, tokenizers, text_name)
            counted = sum_up(book.package, chapters, tokenizers.names)
        result = book_result(file.name, counted)
        _keep(job, number, result)
        item.done(result if json_size(result) <= MAX_ITEM_BYTES else without_chapters(result))
    except JobError as error:
        item.failed(error.code, error.message)
    except OSError:
        raise  # a full disk is not the book's fault
    except Exception as error:
        job.log(f"{file.name}: {traceback.format_exc(limit=-5)}")
        item.failed("epub_unreadable", f"The book could not be read: {type(error).__name__}")


def _count_chapters(
    job: JobContext, item: Item[NumberedFile], book: Book, tokenizers: TokenizerSet, text_name: str
) -> list[ChapterCount]:
    """Return the counts of all chapters; their text is written, and a cancel seen, after each."""
    _, file = item.value
    total = len(book.package.documents)
    chapters: list[ChapterCount] = []
    with job.open_artifact(text_name, _MARKDOWN) as out:
        out.write(_text_head(book))
        for chapter, markdown in book.count_chapters(tokenizers):
            out.write(_text_part(markdown))
            chapters.append(chapter)
            message = f"{chapter.index} of {total}: {chapter.title}"
            item.progress(chapter.index / total, message, file_name=file.name)
    return chapters


def _text_head(book: Book) -> bytes:
    metadata = book.package.metadata
    return f"# {metadata.title}\n\n{metadata.author}\n".encode()


def _text_part(markdown: str) -> bytes:
    return f"\n{markdown}\n".encode("utf-8", "replace") if markdown else b""


def _restore_text(job: JobContext, book: NumberedFile, text_name: str) -> None:
    """Write the text of a book that another job counted, whose result a retry has taken over."""
    _, file = book
    with open_book(file.path, job.args["max_mb"]) as opened, job.open_artifact(text_name, _MARKDOWN) as out:
        out.write(_text_head(opened))
        for markdown in opened.read_texts():
            out.write(_text_part(markdown))
            job.check_cancelled()


def _kept_at(job: JobContext, number: int) -> Path:
    return job.work_dir / f"book-{number}.json"


def _keep(job: JobContext, number: int, result: Result) -> None:
    """Put the whole result into the work folder, in one step, before its item is committed."""
    place = _kept_at(job, number)
    part = place.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        json.dump(result, out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    part.replace(place)


def _collect(job: JobContext, book: NumberedFile, finished: ItemResult) -> Result:
    """Return a book's result from the work folder, else from its item."""
    number, file = book
    if finished.status != "completed":
        return failed_result(file.name, finished.code or "epub_unreadable", finished.message or "")
    place = _kept_at(job, number)
    if place.exists():
        return cast("Result", json.loads(place.read_text("utf-8")))
    return cast("Result", finished.output)


def _finish(job: JobContext, results: Sequence[Result]) -> dict[str, Any]:
    """Leave the three result files and return the output, or raise when there is no good book."""
    everything = all_results(results, job.args, datetime.now(UTC))
    job.save_artifact("results.json", everything, "application/json")
    job.save_artifact("results.csv", to_csv(everything), "text/csv")
    job.save_artifact("results.md", to_markdown(everything), _MARKDOWN)
    if everything["summary"]["success"] == 0:
        error = results[0]["error"]
        if len(results) == 1:
            raise book_error(error["code"], error["message"])
        raise book_error("all_books_failed", f"None of {len(results)} books could be counted.")
    return small_output(everything)
