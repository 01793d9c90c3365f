"""Read documents that are not XML, as a browser would, with the two traps of HTML5 parsers closed.

`<title/>` and `<script/>` are closed in XHTML but open without end in HTML; and nesting without
bound, or formatting that is never closed, makes an HTML5 parser quadratic.
"""

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from service.model.errors import JobError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from service.kinds.epub.text import Token

MAX_SOUP_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 1000
MAX_REOPENED = 2_000_000
"""Formatting elements left open times the blocks that would each open them again."""


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_IMPLIED_END = _names("p li dt dd option tr td th thead tbody tfoot rt rp html head body")
_FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
# Possessive quantifiers: a tag that never ends must not be tried from every length of its name.
_SELF_CLOSED = re.compile(r"<([A-Za-z][\w:.-]*+)((?:\s[^<>]*)?)/>")
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*+)[^<>]*+>")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TRUSTED_ENCODINGS = re.compile(r"(utf-?(8|16|32)|iso8859|cp\d|koi8|shift_jis|euc|gb|big5|mac|ascii|hz)")


def soup_tokens(content: bytes) -> Iterator["Token"]:
    """Yield starts, ends and texts of a document of any quality; raises JobError for one built to hurt."""
    if len(content) > MAX_SOUP_BYTES:
        raise JobError("epub_too_large", "A document that is not XML is too large to be repaired.")
    html = _XML_DECLARATION.sub("", decode(content))
    html = _SELF_CLOSED.sub(_close, html)
    _refuse_runaway(html)
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(html).root
    if root is not None:
        yield from _walk(root)


def decode(content: bytes) -> str:
    """Return the text of a document: byte order mark, else what it declares, else UTF-8; bad bytes become U+FFFD."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    declared = _ENCODING.search(content[:1024])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    try:
        name = codecs.lookup(name).name
    except LookupError:
        name = "utf-8"
    if not _TRUSTED_ENCODINGS.match(name) or name.startswith(("utf-16", "utf-32")):
        name = (
            "utf-8"  # others are no text encodings, or quadratic; a declared UTF-16 without its mark is a lie
        )
    return content.decode(name, "replace")


def _close(found: re.Match[str]) -> str:
    return found[0] if found[1].lower() in _VOID else f"<{found[1]}{found[2]}></{found[1]}>"


def _refuse_runaway(html: str) -> None:
    depth = deepest = formatting = blocks = 0
    for found in _TAG.finditer(html):
        name = found[2].lower()
        if name in _VOID:
            continue
        step = -1 if found[1] else 1
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
        else:
            blocks += step > 0
        if name not in _IMPLIED_END:
            depth = max(0, depth + step)
            deepest = max(deepest, depth)
    if deepest > MAX_DEPTH or formatting * blocks > MAX_REOPENED:
        raise JobError("epub_bomb", "A document of the book has elements nested too deep: refused unread.")


def _walk(root: "LexborNode") -> Iterator["Token"]:
    """Walk the tree by its links, without recursion."""
    node: LexborNode | None = root
    end = root.mem_id
    while node is not None:
        if node.is_text_node:
            text = node.text_content
            if text:
                yield "text", text, {}
        elif node.is_element_node:
            href = node.attributes.get("href")
            yield "start", _tag(node), ({"href": href} if href else {})
            if node.child is not None:
                node = node.child
                continue
            yield "end", _tag(node), {}
        while node is not None and node.mem_id != end and node.next is None:
            node = node.parent
            if node is not None:
                yield "end", _tag(node), {}
        node = node.next if node is not None and node.mem_id != end else None


def _tag(node: "LexborNode") -> str:
    return (node.tag or "").rpartition(":")[2].lower()
