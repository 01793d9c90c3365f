"""Read Markdown by its lines: headings, lists, code, tables and paragraphs; what marks emphasis is left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.kinds.ingestion.documents import Block, BlockKind, Picture, Portion
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.text import decode

_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE: Final = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ITEM: Final = re.compile(r"^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)$")
_RULE: Final = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_RULE: Final = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$")
_IMAGE: Final = re.compile(r"!\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s[^()]{0,200})?\)")
_LINK: Final = re.compile(r"\[([^\[\]]{1,500})\]\([^()\s]{0,2000}(?:\s[^()]{0,200})?\)")
_EMPHASIS: Final = re.compile(r"(\*\*|__|\*|`)(?=\S)([^*`\n]{1,500}?)(?<=\S)\1")


def read_markdown(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield the document as one portion; raises JobError text_unreadable or document_too_large."""
    if path.stat().st_size > 4 * limits.text_characters:
        raise read_error("document_too_large", f"It has {path.stat().st_size} bytes.")
    text = decode(path.read_bytes())
    lines, title = _without_front_matter(text.split("\n"))
    blocks = list(_Lines().blocks(lines))
    pictures = [Picture(caption=match.group(1).strip() or None) for match in _IMAGE.finditer(text)]
    heading = next((block.text for block in blocks if block.kind == "heading"), None)
    yield Portion(blocks, pictures, (), 1, 1, title or heading)


def _without_front_matter(lines: list[str]) -> tuple[list[str], str | None]:
    """Cut off a YAML head (as static site generators use it); return the rest and the title it names."""
    if not lines or lines[0].strip() != "---":
        return lines, None
    for end, line in enumerate(lines[1:200], 1):
        if line.strip() in {"---", "..."}:
            titles = [
                each.partition(":")[2].strip(" \"'") for each in lines[1:end] if each.startswith("title:")
            ]
            return lines[end + 1 :], (titles[0][:300] if titles and titles[0] else None)
    return lines, None


class _Lines:
    """Groups lines into blocks, one line at a time."""

    def __init__(self) -> None:
        self._group: list[str] = []
        self._kind: BlockKind = "paragraph"
        self._fence = ""

    def blocks(self, lines: list[str]) -> Iterator[Block]:
        """Yield the blocks of a document."""
        for line in lines:
            if self._fence:
                yield from self._code(line)
            elif mark := _FENCE.match(line):
                yield from self._flush("code")
                self._fence = mark.group(1)
            else:
                yield from self._text(line)
        yield from self._flush("paragraph")

    def _code(self, line: str) -> Iterator[Block]:
        mark = _FENCE.match(line)
        if mark and mark.group(1).startswith(self._fence) and not line.strip(" `~"):
            yield from self._flush("paragraph")
            self._fence = ""
        else:
            self._group.append(line)

    def _text(self, line: str) -> Iterator[Block]:
        heading = _HEADING.match(line)
        if heading:
            yield from self._flush("paragraph")
            if heading.group(2):
                yield Block(inline(heading.group(2)), "heading", len(heading.group(1)))
        elif self._group and self._kind == "paragraph" and _UNDERLINE.match(line):
            text = inline(" ".join(" ".join(self._group).split()))
            self._group.clear()
            yield Block(text, "heading", 1 if "=" in line else 2)
        elif not line.strip() or _RULE.match(line):
            yield from self._flush("paragraph")
        else:
            yield from self._add(line)

    def _add(self, line: str) -> Iterator[Block]:
        is_item, is_row = bool(_ITEM.match(line)), line.lstrip().startswith("|")
        kind: BlockKind = "list" if is_item else "table" if is_row else self._kind
        if kind != self._kind:
            yield from self._flush(kind)
        if kind != "table":
            self._group.append(line)
        elif not _TABLE_RULE.match(line):
            self._group.append(_row(line))

    def _flush(self, next_kind: BlockKind) -> Iterator[Block]:
        kind, text = self._kind, "\n".join(self._group).strip("\n")
        self._group.clear()
        self._kind = next_kind
        if kind == "paragraph":
            text = inline(" ".join(text.split()))
        elif kind in ("list", "table"):
            text = inline(text)
        if text.strip():
            yield Block(text, kind)


def _row(line: str) -> str:
    return " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))


def inline(text: str) -> str:
    """Return text without the marks of emphasis, links and pictures; what is shown stays."""
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    return _EMPHASIS.sub(r"\2", text)
