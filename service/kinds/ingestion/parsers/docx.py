"""Read a DOCX straight from its XML: paragraphs, headings, lists, tables, pictures with their captions.

ECMA-376 part 1: `w:p` paragraphs (17.3.1), `w:tbl` tables (17.4), `w:outlineLvl` and styles (17.7).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

from service.kinds.ingestion.documents import Block, BlockKind, Picture, Portion
from service.kinds.ingestion.parsers.archive import Archive
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.xml import local_name, parse_xml

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WP: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_DC_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0"  # what a DOCX with a password is wrapped in (MS-OFFCRYPTO)
_HEADING: Final = re.compile(r"^heading\s*([1-9])$", re.IGNORECASE)
_SKIPPED: Final = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "sdtPr"})
_EMU_PER_PIXEL: Final = 9525


def read_docx(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield the document as one portion; raises JobError docx_invalid, docx_encrypted, archive_corrupt …"""
    with path.open("rb") as file:
        if file.read(4) == _COMPOUND_FILE:
            raise read_error("docx_encrypted", "The document asks for a password, or is of Word 97-2003.")
    with Archive(path, limits) as archive:
        if "word/document.xml" not in archive:
            raise read_error("docx_invalid", "There is no word/document.xml in it.")
        root = parse_xml(archive.read("word/document.xml"), "word/document.xml", "docx_invalid")
        levels = _heading_levels(archive)
        title = _title(archive)
    body = root.find(f"{_W}body")
    if body is None:
        raise read_error("docx_invalid", "The document has no body.")
    reader = _Reader(levels, has_pages=next(root.iter(f"{_W}lastRenderedPageBreak"), None) is not None)
    blocks = [block for child in body for block in reader.blocks(child)]
    yield Portion(blocks, reader.captioned(blocks), (), 1, 1, title or reader.title)


def _title(archive: Archive) -> str | None:
    if "docProps/core.xml" not in archive:
        return None
    root = parse_xml(archive.read("docProps/core.xml"), "docProps/core.xml", "docx_invalid")
    return " ".join((root.findtext(_DC_TITLE) or "").split())[:300] or None


def _heading_levels(archive: Archive) -> dict[str, int]:
    """Return the heading level of each style that has one; `Title` is level 1."""
    if "word/styles.xml" not in archive:
        return {}
    root = parse_xml(archive.read("word/styles.xml"), "word/styles.xml", "docx_invalid")
    levels: dict[str, int] = {}
    for style in root.iter(f"{_W}style"):
        identity = style.get(f"{_W}styleId") or ""
        name = style.find(f"{_W}name")
        text = (name.get(f"{_W}val") or "") if name is not None else ""
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        match = _HEADING.match(text)
        if match:
            levels[identity] = min(6, int(match.group(1)))
        elif text.lower() == "title":
            levels[identity] = 1
        elif outline is not None and (outline.get(f"{_W}val") or "").isdigit():
            level = int(outline.get(f"{_W}val") or "9")
            if level < 6:
                levels[identity] = level + 1
    return levels


class _Reader:
    """Walks the body, counting pages where Word has left marks of them."""

    def __init__(self, levels: dict[str, int], *, has_pages: bool) -> None:
        self.title: str | None = None
        self._levels = levels
        self._page = 1 if has_pages else None
        self._pictures: list[tuple[int, Picture]] = []
        self._blocks = 0

    def blocks(self, element: etree._Element) -> Iterator[Block]:
        """Yield the blocks of one child of the body."""
        name = local_name(element)
        if name == "p":
            yield from self._paragraph(element)
        elif name == "tbl":
            yield from self._table(element)
        elif name in {"sdt", "sdtContent", "ins", "smartTag", "customXml"}:
            for child in element:
                yield from self.blocks(child)

    def captioned(self, blocks: list[Block]) -> list[Picture]:
        """Return the pictures; one without a text of its own takes the caption that follows it."""
        found = []
        for at, picture in self._pictures:
            caption = picture.caption or next(
                (block.text for block in blocks[at : at + 2] if block.kind == "caption"), None
            )
            found.append(Picture(picture.page, caption, picture.width, picture.height))
        return found

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        page = self._page
        text = self._text(element)
        kind, level = self._kind(element)
        if not text:
            return
        self._blocks += 1
        if level == 1 and self.title is None:
            self.title = text[:300]
        yield Block(f"• {text}" if kind == "list" else text, kind, level, page)

    def _kind(self, element: etree._Element) -> tuple[BlockKind, int]:
        style = element.find(f"{_W}pPr/{_W}pStyle")
        name = (style.get(f"{_W}val") or "") if style is not None else ""
        if name in self._levels:
            return "heading", self._levels[name]
        if "caption" in name.lower():
            return "caption", 0
        if element.find(f"{_W}pPr/{_W}numPr") is not None or name.lower().startswith("list"):
            return "list", 0
        return "paragraph", 0

    def _table(self, element: etree._Element) -> Iterator[Block]:
        page = self._page
        rows = []
        for row in element.iter(f"{_W}tr"):
            cells = [
                " ".join(filter(None, (self._text(p) for p in cell.iter(f"{_W}p"))))
                for cell in row.findall(f"{_W}tc")
            ]
            if any(cells):
                rows.append(" | ".join(cells))
        if rows:
            self._blocks += 1
            yield Block("\n".join(rows), "table", 0, page)

    def _text(self, paragraph: etree._Element) -> str:
        """Return a paragraph's text; what is deleted, or said twice for older readers, is left out."""
        parts: list[str] = []
        pending = [paragraph]
        while pending:
            element = pending.pop()
            name = local_name(element)
            if name in _SKIPPED:
                continue
            if name == "t":
                parts.append(element.text or "")
            elif name in {"tab", "br", "cr"}:
                parts.append(" ")
            elif name == "noBreakHyphen":
                parts.append("-")
            if name == "lastRenderedPageBreak" and self._page is not None:
                self._page += 1
            elif name in {"inline", "anchor"}:
                self._see_picture(element)
            pending.extend(reversed(element))
        return " ".join("".join(parts).split())

    def _see_picture(self, element: etree._Element) -> None:
        extent, about = element.find(f"{_WP}extent"), element.find(f"{_WP}docPr")
        size = (
            [int(extent.get(axis) or 0) // _EMU_PER_PIXEL for axis in ("cx", "cy")]
            if extent is not None
            else None
        )
        caption = " ".join((about.get("descr") or "").split())[:500] if about is not None else ""
        width, height = size or (None, None)
        self._pictures.append((self._blocks, Picture(self._page, caption or None, width, height)))
