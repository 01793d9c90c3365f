"""Read a web page: its article, without navigation, scripts and what is hidden."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from service.kinds.ingestion.documents import Block, BlockKind, Picture, Portion
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.text import decode

_NOISE: Final = (
    "script, style, noscript, template, svg, math annotation, nav, header nav, footer, aside, form, button, iframe, "
    "dialog, [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], [role=search], "
    "[role=complementary], [role=menu], [role=toolbar], .navbox, .noprint, .mw-editsection, .mw-jump-link, "
    ".vector-dropdown, .sidebar, .breadcrumb, .breadcrumbs, .cookie, .skip-link, sup.reference, .catlinks"
)
_ARTICLES: Final = ("main article", "[role=main]", "main", "article", "body")
_BLOCKS: Final = frozenset(
    """
    p div section article main li dt dd blockquote pre figcaption caption address details summary h1 h2
    h3 h4 h5 h6 table ul ol dl figure hr body header center td th tr
    """.split()  # noqa: SIM905 (a list of so many would be a page long)
)
_SELF_CLOSED: Final = re.compile(
    r"<(title|script|style|textarea|a|p|div|span|i|b|em|strong|td|li)\b([^<>]*)/>", re.IGNORECASE
)
_NESTING: Final = re.compile(
    r"<(/?)(?:div|span|section|article|blockquote|ul|ol|dl|table|font|center|b|i|u|em|strong|small|sub|sup|a)\b",
    re.IGNORECASE,
)
"""Elements whose end may not be left out, so that counting them tells how deep a page is."""
_MAX_NESTED: Final = 10_000
_MAX_CAPTION: Final = 500
_MIN_ARTICLE_SHARE: Final = 0.3  # of the body's text: a `main` with less is not where the text is


def read_html(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield the page as one portion; raises JobError text_unreadable or document_too_large."""
    text = decode(path.read_bytes(), is_markup=True)
    yield page_portion(text, limits)


def page_portion(
    text: str, limits: ReadLimits, *, page: int | None = None, is_xhtml: bool = False
) -> Portion:
    """Return what a page's markup says; `page` is given to its blocks."""
    from selectolax.lexbor import LexborHTMLParser

    if len(text) > limits.text_characters:
        raise read_error("document_too_large", f"It has {len(text)} characters of markup.")
    if is_xhtml:
        text = _SELF_CLOSED.sub(r"<\1\2></\1>", text)
    _judge_nesting(text)
    tree: Any = LexborHTMLParser(text)
    title_node = tree.css_first("title")
    title = " ".join(title_node.text().split())[:300] if title_node else None
    for node in tree.css(_NOISE):
        node.decompose()
    root = _article(tree)
    if root is None:
        return Portion((), (), (), 1, 1, title)
    blocks = list(_Walk(page, limits.depth).blocks(root))
    return Portion(blocks, _pictures(root, page), (), 1, 1, title or _first_heading(blocks))


def _judge_nesting(text: str) -> None:
    """Refuse what is nested absurdly deep before it is parsed: the parser takes time by the square of the depth."""
    depth = 0
    for match in _NESTING.finditer(text):
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        if depth > _MAX_NESTED:
            raise read_error("document_too_large", "Its elements are nested too deep.")


def _article(tree: Any) -> Any:
    """Return where the text is: the smallest landmark that holds a fair share of it."""
    body = tree.body
    if body is None:
        return None
    whole = len(body.text())
    for selector in _ARTICLES:
        node = tree.css_first(selector)
        if node is not None and len(node.text()) >= _MIN_ARTICLE_SHARE * whole:
            return node
    return body


def _first_heading(blocks: list[Block]) -> str | None:
    return next((block.text[:300] for block in blocks if block.kind == "heading"), None)


class _Walk:
    """Goes through a tree in document order without recursion: a page may be nested as deep as it likes."""

    def __init__(self, page: int | None, max_depth: int) -> None:
        self._page = page
        self._max_depth = max_depth

    def blocks(self, root: Any) -> Iterator[Block]:
        """Yield the blocks below a node."""
        inline: list[str] = []
        holders: list[str] = []
        stack: list[tuple[Any, bool]] = [(root, False)]
        while stack:
            node, is_end = stack.pop()
            tag = node.tag
            if tag == "-text":
                inline.append(node.text_content or "")
                continue
            if is_end:
                yield from self._flush(inline, holders.pop())
                continue
            if tag == "br":
                inline.append(" ")
            if tag == "table" and not node.css_first("table table"):
                yield from self._flush(inline, holders[-1] if holders else "body")
                yield from self._table(node)
                continue
            if tag in _BLOCKS:
                yield from self._flush(inline, holders[-1] if holders else "body")
                if len(holders) >= self._max_depth:
                    raise read_error("document_too_large", "Its elements are nested too deep.")
                holders.append(tag)
                stack.append((node, True))
            stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        yield from self._flush(inline, "body")

    def _flush(self, inline: list[str], tag: str) -> Iterator[Block]:
        raw = "".join(inline)
        inline.clear()
        text = raw.strip("\n") if tag == "pre" else " ".join(raw.split())
        if not text.strip():
            return
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            yield Block(text, "heading", int(tag[1]), self._page)
            return
        kinds: dict[str, BlockKind] = {
            "li": "list",
            "pre": "code",
            "figcaption": "caption",
            "caption": "caption",
        }
        kind = kinds.get(tag, "paragraph")
        yield Block(f"• {text}" if kind == "list" else text, kind, 0, self._page)

    def _table(self, table: Any) -> Iterator[Block]:
        rows = []
        for row in table.css("tr"):
            cells = [" ".join(cell.text(separator=" ").split()) for cell in row.css("td, th")]
            if any(cells):
                rows.append(" | ".join(cells))
        if rows:
            yield Block("\n".join(rows), "table", 0, self._page)


def _pictures(root: Any, page: int | None) -> list[Picture]:
    found = []
    for image in root.css("img"):
        attributes = image.attributes
        width, height = (_number(attributes.get(name)) for name in ("width", "height"))
        if min(width or 100, height or 100) < 16:  # icons and counters
            continue
        caption = " ".join((attributes.get("alt") or "").split())[:_MAX_CAPTION]
        found.append(Picture(page, caption or None, width, height))
    return found


def _number(text: str | None) -> int | None:
    digits = (text or "").strip().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else None
