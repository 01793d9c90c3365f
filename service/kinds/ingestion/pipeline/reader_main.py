"""A process that reads one document after another: a parser that crashes or hangs takes nothing with it.

Requests and answers are lines of JSON. A request is `{path, name}`; the answers to it are `portion`
messages while it is read, `chunks` messages with its text, and one `done` or `failed`.
"""

import json
import os
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from service.kinds.ingestion.chunks import Chunker
from service.kinds.ingestion.documents import Block, Chunk, Fault, Picture
from service.kinds.ingestion.parsers.formats import format_of, read_document
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, read_error
from service.kinds.ingestion.tokens import TokenCounter, load_tokenizer
from service.model.errors import JobError

Message = dict[str, Any]
CHUNKS_A_MESSAGE: Final = 16
_MAX_FAULTS: Final = 1000
_MAX_PICTURES: Final = 10_000
_MAX_TITLE: Final = 200
_SENTENCE: Final = re.compile(r"(?<=[\w)\"\u201d])\s?[.!?](?=\s)")
LOWEST_HEADING: Final = 6
"""Headings of this level are ours (the rows of a table), or of a page's small print."""


def main() -> None:
    """Serve requests from fd 0 on fd 1 until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="surrogatepass", newline="\n")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    chunker = Chunker(TokenCounter(load_tokenizer()))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        for message in read(Path(request["path"]), request["name"], chunker):
            _send(answers, message)


def read(path: Path, name: str, chunker: Chunker) -> Iterator[Message]:
    """Yield the messages about one document."""
    try:
        yield from _read(path, name, chunker)
    except JobError as error:
        yield {
            "type": "failed",
            "code": error.code,
            "message": error.message,
            "remediation": error.remediation,
        }
    except MemoryError:
        yield {
            "type": "failed",
            "code": "document_too_large",
            "message": "It needs more memory than there is.",
        }
    except Exception as error:  # whatever a parser raises is about this document only
        traceback.print_exc()
        said = f"The document could not be read: {type(error).__name__}: {error}"
        yield {"type": "failed", "code": "document_unreadable", "message": said[:500]}


def _read(path: Path, name: str, chunker: Chunker) -> Iterator[Message]:
    blocks: list[Block] = []
    pictures: list[Picture] = []
    faults: list[Fault] = []
    title: str | None = None
    characters = 0
    for portion in read_document(path, name):
        blocks += portion.blocks
        pictures += portion.pictures[: _MAX_PICTURES - len(pictures)]
        faults += portion.faults[: _MAX_FAULTS - len(faults)]
        title = title or portion.title
        characters += sum(len(block.text) for block in portion.blocks)
        if characters > DEFAULT_LIMITS.text_characters:
            raise read_error(
                "document_too_large", f"It has more than {DEFAULT_LIMITS.text_characters} characters."
            )
        yield {
            "type": "portion",
            "done": portion.done,
            "total": portion.total,
            "pictures": len(portion.pictures),
        }
    chunks = list(chunker.chunks(blocks))
    if not chunks and not faults:
        raise read_error("no_text", "There is no text in it.")
    if not chunks:
        raise read_error(faults[0].code, f"Nothing of it could be read. {faults[0].message}")
    yield {"type": "chunked", "chunks": len(chunks), "pictures": len(pictures)}
    for first in range(0, len(chunks), CHUNKS_A_MESSAGE):
        yield {"type": "chunks", "chunks": [pack(each) for each in chunks[first : first + CHUNKS_A_MESSAGE]]}
    pages = [block.page for block in blocks if block.page is not None]
    yield {
        "type": "done",
        "format": format_of(path, name),
        "title": title or title_of(blocks, name),
        "pages": max(pages, default=None),
        "pictures": [picture.to_json() for picture in pictures],
        "faults": [fault.to_json() for fault in faults],
    }


def title_of(blocks: Sequence[Block], name: str) -> str:
    """Return what a document without a title of its own is called: its first heading, else its first sentence."""
    for block in blocks:
        if block.kind == "heading" and block.level < LOWEST_HEADING:
            return block.text[:_MAX_TITLE]
    first = blocks[0].text.split("\n", 1)[0] if blocks[0].kind == "paragraph" else ""
    sentence = _SENTENCE.split(first, maxsplit=1)[0].strip()
    return sentence[:_MAX_TITLE] if any(map(str.isalpha, sentence)) else Path(name).stem


def pack(chunk: Chunk) -> list[Any]:
    """Return a chunk as it travels."""
    marks = [mark.to_json() for mark in chunk.marks]
    return [chunk.number, chunk.text, chunk.start, chunk.end, chunk.tokens, marks]


def _send(answers: TextIO, message: Message) -> None:
    # A lone surrogate (from a broken document) has no UTF-8 form, and no reader of the library could show it.
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    answers.write(text.encode("utf-8", "replace").decode("utf-8"))
    answers.write("\n")
    answers.flush()


if __name__ == "__main__":
    main()
