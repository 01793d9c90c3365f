"""The results of a job: one object as JSON, and the same as CSV and Markdown for people."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.kinds.base import json_size
from service.kinds.epub.book import BookCount

SCHEMA_VERSION = 1
MAX_OUTPUT_BYTES = 500 * 1024
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Result = dict[str, Any]
"""One book: {filePath, metadata, wordCount, tokenCounts, chapters, warnings} or with `error` {code, message}."""


def book_result(file_path: str, book: BookCount) -> Result:
    """Return the entry of a book that was counted."""
    metadata = book.metadata
    return {
        "filePath": file_path,
        "metadata": {
            "title": metadata.title,
            "subtitle": metadata.subtitle,
            "author": metadata.author,
            "authors": list(metadata.authors),
            "translators": list(metadata.translators),
            "language": metadata.language,
            "publisher": metadata.publisher,
        },
        "wordCount": book.word_count,
        "tokenCounts": [count.to_json() for count in book.token_counts],
        "chapterCount": len(book.chapters),
        "chapters": [chapter.to_json() for chapter in book.chapters],
        "warnings": list(book.warnings),
    }


def failed_result(file_path: str, code: str, message: str) -> Result:
    """Return the entry of a book that could not be counted: it stays in the results with its reason."""
    return {
        "filePath": file_path,
        "metadata": None,
        "wordCount": None,
        "tokenCounts": [],
        "chapterCount": 0,
        "chapters": [],
        "warnings": [],
        "error": {"code": code, "message": message},
    }


def without_chapters(result: Mapping[str, Any]) -> Result:
    """Return a result whose chapters are left out, and that says so."""
    return {**result, "chapters": [], "chaptersOmitted": True}


def all_results(results: Sequence[Result], options: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the object of results.json; `now` is in UTC."""
    failed = sum(1 for result in results if "error" in result)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "timestamp": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "options": {"tokenizers": list(options["tokenizers"]), "maxMb": options["max_mb"]},
        "results": list(results),
        "summary": {"total": len(results), "success": len(results) - failed, "failed": failed},
    }


def small_output(results: dict[str, Any], max_bytes: int = MAX_OUTPUT_BYTES) -> dict[str, Any]:
    """Return the results when they fit, else without chapters, else without books; a flag says what is left out."""
    if json_size(results) <= max_bytes:
        return results
    shorter = {
        **results,
        "results": [without_chapters(r) for r in results["results"]],
        "chaptersOmitted": True,
    }
    if json_size(shorter) <= max_bytes:
        return shorter
    return {**results, "results": [], "chaptersOmitted": True, "resultsOmitted": True}


def to_csv(results: Mapping[str, Any]) -> str:
    """Return one line for each book; cells that a spreadsheet would run as a formula get an apostrophe."""
    names = results["options"]["tokenizers"]
    out = io.StringIO()
    writer = csv.writer(out)
    head = ["file", "title", "author", "language", "publisher", "words", "chapters"]
    writer.writerow([*head, *names, "error_code", "error"])
    for result in results["results"]:
        metadata = result["metadata"] or {}
        error = result.get("error") or {}
        texts = [result["filePath"], *(metadata.get(key, "") for key in head[1:5])]
        writer.writerow(
            [
                *map(_cell, texts),
                "" if result["wordCount"] is None else result["wordCount"],
                result["chapterCount"],
                *_counts(result, names),
                error.get("code", ""),
                _cell(error.get("message", "")),
            ]
        )
    return out.getvalue()


def to_markdown(results: Mapping[str, Any]) -> str:
    """Return a page with a table of the books and the reasons of those that failed."""
    names = results["options"]["tokenizers"]
    summary = results["summary"]
    head = ["File", "Title", "Author", "Words", *names]
    lines = [
        "# Words and tokens",
        "",
        f"{summary['success']} of {summary['total']} books counted, {results['timestamp']}.",
        "",
        _row(head),
        _row(["---"] * 3 + ["---:"] * (len(head) - 3)),
    ]
    failures = []
    for result in results["results"]:
        metadata = result["metadata"] or {}
        words = "" if result["wordCount"] is None else f"{result['wordCount']:,}"
        counts = [f"{c:,}" if isinstance(c, int) else str(c) for c in _counts(result, names)]
        texts = [result["filePath"], metadata.get("title", ""), metadata.get("author", "")]
        lines.append(_row([*texts, words, *counts]))
        if "error" in result:
            error = result["error"]
            failures.append(
                f"- {_escape(result['filePath'])}: {_escape(error['message'])} (`{error['code']}`)"
            )
    if failures:
        lines += ["", "## Not counted", "", *failures]
    return "\n".join(lines) + "\n"


def _counts(result: Mapping[str, Any], names: Sequence[str]) -> list[int | str]:
    by_name = {count["name"]: count for count in result["tokenCounts"]}
    return [_count(by_name.get(name)) for name in names]


def _count(count: Mapping[str, Any] | None) -> int | str:
    if count is None:
        return ""
    return int(count["count"]) if "count" in count else str(count["error"]["code"])


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escape(cell) for cell in cells) + " |"


def _escape(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
