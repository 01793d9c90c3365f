"""What a document is while it is read: blocks of text in reading order, pictures, and what went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "code", "caption"]


@dataclass(frozen=True, slots=True)
class Block:
    """One run of text. `level` is 1-6 for headings, else 0; `page` is 1-based, None where there are no pages."""

    text: str
    kind: BlockKind = "paragraph"
    level: int = 0
    page: int | None = None

    def to_json(self) -> list[Any]:
        """Return the form that travels between processes."""
        return [self.text, self.kind, self.level, self.page]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> "Block":
        """Read it back."""
        return cls(*value)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that a document shows; `caption` is the text that belongs to it, as far as one was found."""

    page: int | None = None
    caption: str | None = None
    width: int | None = None
    height: int | None = None

    def to_json(self) -> list[Any]:
        """Return the form that travels between processes."""
        return [self.page, self.caption, self.width, self.height]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> "Picture":
        """Read it back."""
        return cls(*value)


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a document that could not be read; the rest was."""

    part: str
    code: str
    message: str

    def to_json(self) -> list[str]:
        """Return the form that travels between processes."""
        return [self.part, self.code, self.message]

    @classmethod
    def from_json(cls, value: Sequence[str]) -> "Fault":
        """Read it back."""
        return cls(*value)


@dataclass(frozen=True, slots=True)
class Portion:
    """What one step of a parser gave: a page, a chapter, or the whole of a small document.

    `done` of `total` steps are finished with it.
    """

    blocks: Sequence[Block] = ()
    pictures: Sequence[Picture] = ()
    faults: Sequence[Fault] = ()
    done: int = 1
    total: int = 1
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """From character `offset` of a chunk on, the text stands on `page` below `heading` (a path of headings)."""

    offset: int
    page: int | None
    heading: tuple[str, ...]

    def to_json(self) -> list[Any]:
        """Return the stored form."""
        return [self.offset, self.page, list(self.heading)]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> "Mark":
        """Read it back."""
        return cls(value[0], value[1], tuple(value[2]))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is found and cited as one: characters `start` to `end` of its text."""

    number: int
    text: str
    start: int
    end: int
    tokens: int
    marks: tuple[Mark, ...]

    @property
    def page(self) -> int | None:
        """The page on which it begins."""
        return self.marks[0].page if self.marks else None

    @property
    def heading(self) -> tuple[str, ...]:
        """The headings above its beginning."""
        return self.marks[0].heading if self.marks else ()

    def place(self, offset: int) -> Mark:
        """Return the mark that holds at a character of the chunk."""
        best = Mark(0, None, ())
        for mark in self.marks:
            if mark.offset > offset:
                break
            best = mark
        return best


@dataclass(frozen=True, slots=True)
class Entity:
    """A name in a document: how it is written most often, its type, and in which chunks, how often."""

    name: str
    type: str
    mentions: Mapping[int, int]
    """Chunk number -> count."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Two entities in one sentence. `evidence` is the first such sentence, in chunk `chunk`."""

    source: str
    target: str
    count: int
    chunk: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it goes into the store. `source` is its name, made unique within one job."""

    source: str
    sha256: str
    format: str
    title: str
    size_bytes: int
    fingerprint: str
    """By what it was read and embedded; the same content with the same fingerprint need not be read again."""
    pages: int | None = None
    pictures: Sequence[Picture] = ()
    tags: Sequence[str] = ()
    faults: Sequence[Fault] = field(default=())
    job_id: str | None = None
