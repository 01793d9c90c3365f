"""From one document of a book (XHTML or SVG) to plain text, which is counted, and Markdown, which is kept.

Strict XML first. What that refuses (`&nbsp;` without a DTD and unclosed tags are common) goes to the
HTML5 parser of lexbor. Both trees become the same stream of starts, ends and texts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from lxml import etree

from service.kinds.epub import safe_xml
from service.kinds.epub.safe_xml import Entities, local_name

Token = tuple[Literal["start", "end", "text"], str, Mapping[str, str]]

MAX_SPACE_RUN = 1000
"""Longer runs of white space are cut: tiktoken's pattern matcher gives up at about 1,000,000."""
MAX_MARKDOWN_CHARACTERS = 4_000_000
"""A longer document is kept as plain text: the Markdown converter needs about 20 times its size."""
MAX_MARKDOWN_TOKENS = 300_000
"""The same for one of very many elements: 1,700,000 starts, ends and texts took 71 s and 2.5 GB."""


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_NOTHING: Mapping[str, str] = {}
# rt, rp, rtc: the readings beside Japanese and Chinese characters say the same word a second time
# case: the special half of epub:switch, whose default half is read
_SKIPPED = _names(
    "head title script style template rt rp rtc annotation annotation-xml case desc metadata audio video iframe"
)
_PARAGRAPHS = _names(
    "address article aside blockquote body caption center dd details dialog div dl fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr main nav ol p pre section summary table tbody tfoot thead ul"
)
_BREAKS = (
    dict.fromkeys(_PARAGRAPHS, "\n\n")
    | dict.fromkeys(_names("br dt li option tr text"), "\n")
    | dict.fromkeys(_names("td th"), " ")
)
_HEADINGS = _names("h1 h2 h3 h4 h5 h6")
_MARKDOWN_TAGS = _HEADINGS | _names(
    "p div ul ol li dl dt dd table thead tbody tr td th blockquote pre code em i strong b br hr a sub sup"
)
_AS_DIV = frozenset(_BREAKS) - _MARKDOWN_TAGS
_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SPACE_RUN = re.compile(r"\s{2,}")


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What one document says. `heading` is its first heading, else its `<title>`, else None."""

    text: str
    markdown: str
    heading: str | None


def read_document(content: bytes) -> DocumentText:
    """Return the text of an XHTML, HTML or SVG document; raises JobError epub_bomb or epub_invalid for an attack."""
    try:
        root = safe_xml.parse(content)
    except safe_xml.NotWellFormedError:
        from service.kinds.epub.tag_soup import soup_tokens

        tokens = list(soup_tokens(content))
    else:
        tokens = list(_xml_tokens(root))
    text, heading = _to_text(tokens)
    return DocumentText(text, _to_markdown(tokens, text), heading)


def _xml_tokens(root: etree._Element) -> Iterator[Token]:
    """Walk a tree without recursion; what entities stand for comes out as text."""
    entities = Entities(root)
    yield "start", local_name(root), _attributes(root)
    if root.text:
        yield "text", root.text, _NOTHING
    stack = [(root, iter(root))]
    while stack:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield "end", local_name(element), _NOTHING
            tail = element.tail if stack else None
        elif local_name(child):
            stack.append((child, iter(child)))
            yield "start", local_name(child), _attributes(child)
            tail = child.text
        else:
            if isinstance(child, etree._Entity):
                yield "text", entities.text(child), _NOTHING
            tail = child.tail
        if tail:
            yield "text", tail, _NOTHING


def _attributes(element: etree._Element) -> Mapping[str, str]:
    href = element.get("href")
    return {"href": href} if href else _NOTHING


def _cut_space(text: str) -> str:
    return _SPACE_RUN.sub(lambda run: run[0][:MAX_SPACE_RUN], text)


class _TextBuilder:
    """Joins texts as a browser would show them: white space collapsed, blocks apart, `pre` as it is."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.pre_depth = 0
        self._gap = ""

    def need(self, gap: str) -> None:
        if len(gap) > len(self._gap) or (gap.startswith("\n") and self._gap == " "):
            self._gap = gap

    def add(self, text: str) -> None:
        if self.pre_depth:
            self._put(text)
            return
        collapsed = _SPACE.sub(" ", text)
        if collapsed.startswith(" "):
            self.need(" ")
        inner = collapsed.strip(" ")
        if inner:
            self._put(inner)
            if collapsed.endswith(" "):
                self.need(" ")

    def _put(self, text: str) -> None:
        if self.parts and self._gap:
            self.parts.append(self._gap)
        self._gap = ""
        self.parts.append(text)


def _to_text(tokens: list[Token]) -> tuple[str, str | None]:
    """Return the plain text and the first heading (or the title)."""
    out = _TextBuilder()
    skipped = 0
    heading_from: int | None = None
    heading = title = None
    in_title = False
    for sort, value, _ in tokens:
        if sort == "text":
            if not skipped:
                out.add(value)
            elif in_title:
                title = (title or "") + value
            continue
        change = 1 if sort == "start" else -1
        if value == "title":
            in_title = sort == "start" and title is None
        if value in _SKIPPED or skipped:
            skipped += change  # everything inside something skipped is counted, so the last end opens again
            continue
        out.need(_BREAKS.get(value, ""))
        if value == "pre":
            out.pre_depth += change
        if value in _HEADINGS and not heading:
            if sort == "start":
                heading_from = len(out.parts)
            elif heading_from is not None:
                heading = " ".join("".join(out.parts[heading_from:]).split())
    text = _cut_space("".join(out.parts)).strip()
    return text, heading or " ".join((title or "").split()) or None


def _to_markdown(tokens: list[Token], text: str) -> str:
    """Return Markdown of the same words; plain text stands in when the document is huge or nested without end."""
    if len(text) > MAX_MARKDOWN_CHARACTERS or len(tokens) > MAX_MARKDOWN_TOKENS:
        return text
    from bs4 import BeautifulSoup
    from markdownify import ATX, MarkdownConverter

    converter = MarkdownConverter(
        heading_style=ATX, escape_asterisks=False, escape_underscores=False, escape_misc=False, bullets="-"
    )
    try:
        markdown = str(converter.convert_soup(BeautifulSoup(_to_clean_html(tokens), "html.parser")))
    except RecursionError:
        return text
    return _cut_space(markdown).strip()


def _to_clean_html(tokens: list[Token]) -> str:
    """Write tokens as plain HTML: no attributes but web links, unknown tags gone, unknown blocks as div."""
    out: list[str] = []
    skipped = 0
    links: list[bool] = []
    for sort, value, attributes in tokens:
        if sort == "text":
            if not skipped:
                out.append(escape(value))
            continue
        if value in _SKIPPED or skipped:
            skipped += 1 if sort == "start" else -1
            continue
        name = "div" if value in _AS_DIV else value
        if name == "a":
            if sort == "start":
                href = attributes.get("href", "")
                links.append(href.startswith(("http://", "https://")))
                out.append(f'<a href="{escape(href)}">' if links[-1] else "")
            else:
                out.append("</a>" if links.pop() else "")
        elif name in _VOID:
            out.append(f"<{name}>" if sort == "start" and name in _MARKDOWN_TAGS else "")
        elif name in _MARKDOWN_TAGS:
            out.append(f"<{name}>" if sort == "start" else f"</{name}>")
    return "".join(out)
