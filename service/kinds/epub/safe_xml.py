"""Parse XML from strangers: no DTD, no network, no expanded entities, bounded depth and size.

libxml2 stops documents that are nested deeper than 256 or have a text node above 10 MB, since
`huge_tree` stays off; entities are left as nodes and looked up by us, one level deep.
"""

import re
from html.entities import html5
from typing import Any, cast

from lxml import etree

from service.model.errors import JobError

_REFERENCE = re.compile(r"&(?!#|amp;|lt;|gt;|quot;|apos;)")
_TAG = re.compile(r"<[^<>]*>")
_RESOURCE_LIMIT = 114  # libxml2: XML_ERR_RESOURCE_LIMIT
_ENTITY_LOOP = 89  # libxml2: XML_ERR_ENTITY_LOOP
_MAX_ENTITY_CHARACTERS = 1000
_MAX_EXPANSION_CHARACTERS = 4_000_000


class NotWellFormedError(Exception):
    """The bytes are not strict XML."""


def parse(content: bytes, *, recover: bool = False) -> etree._Element:
    """Return the root of a document; raises NotWellFormedError, or JobError epub_bomb for an entity attack.

    With `recover` a damaged document gives what can be had of it.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        _refuse_attack(error, content)
        raise NotWellFormedError(str(error)) from error
    except (ValueError, LookupError) as error:
        raise NotWellFormedError(str(error)) from error
    if cast("Any", root) is None:  # what `recover` gives for a document with nothing in it
        raise NotWellFormedError("no root element")
    _refuse_nested_entities(root)
    return root


class Entities:
    """What the entities of one document stand for: the book's own short texts, or HTML's; never an external file."""

    def __init__(self, root: etree._Element) -> None:
        self._own = {str(entity.name): _plain(entity.content) for entity in _declared(root)}
        self._room = _MAX_EXPANSION_CHARACTERS

    def text(self, entity: etree._Element) -> str:
        """Return the text for an entity node; raises JobError epub_bomb when a document's entities grow too long."""
        name = str(getattr(entity, "name", ""))
        text = self._own.get(name)
        if text is None:
            return html5.get(f"{name};", f"&{name};")
        self._room -= len(text)
        if self._room < 0:
            raise _bomb("entities that multiply")
        return text


def _plain(content: str | None) -> str:
    return _TAG.sub("", content)[:_MAX_ENTITY_CHARACTERS] if content else ""


def local_name(element: etree._Element) -> str:
    """Return the tag without namespace or prefix, in lower case; an empty string for comments and the like."""
    tag: object = element.tag  # a function for comments and entities, whatever the stubs say
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def all_text(element: etree._Element) -> str:
    """Return the text inside an element with white space collapsed."""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def _refuse_attack(error: etree.XMLSyntaxError, content: bytes) -> None:
    """Raise epub_bomb when libxml2 stopped because of entities; deep nesting is for the HTML5 parser to judge."""
    code = cast("Any", error).code  # the stubs do not know it
    if code in {_RESOURCE_LIMIT, _ENTITY_LOOP} and b"<!ENTITY" in content:
        raise _bomb("entities that multiply") from error


def _declared(root: etree._Element) -> list[Any]:
    """Return the entities that a document declares itself (lxml's stubs do not know `iterentities`)."""
    dtd: Any = root.getroottree().docinfo.internalDTD
    return list(dtd.iterentities()) if dtd is not None else []


def _refuse_nested_entities(root: etree._Element) -> None:
    for entity in _declared(root):
        if _REFERENCE.search(entity.orig or ""):
            raise _bomb("entities made of entities")


def _bomb(what: str) -> JobError:
    return JobError("epub_bomb", f"A document of the book has {what}: refused unread.")
