"""Parse XML from strangers: no DTD, no network, no expanded entities, bounded depth and size.

libxml2 stops documents that are nested deeper than 256 or have a text node above 10 MB, since
`huge_tree` stays off; entities are left as nodes and looked up by us, one level deep.
"""

import re
from html.entities import html5

from lxml import etree

from service.model.errors import JobError

_REFERENCE = re.compile(r"&(?!#|amp;|lt;|gt;|quot;|apos;)")
_TAG = re.compile(r"<[^<>]*>")
_MAX_ENTITY_CHARACTERS = 1000
_MAX_EXPANSION_CHARACTERS = 4_000_000


class NotWellFormedError(Exception):
    """The bytes are not strict XML."""


def parse(content: bytes, *, recover: bool = False) -> etree._Element:
    """Return the root of a document; raises NotWellFormedError, or JobError epub_bomb for an entity or nesting attack.

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
        if "amplification" in str(error) or "entity reference loop" in str(error).lower():
            raise _bomb("entities that multiply") from error
        if "Excessive depth" in str(error):
            raise _bomb("elements nested too deep") from error
        raise NotWellFormedError(str(error)) from error
    except (ValueError, LookupError) as error:
        raise NotWellFormedError(str(error)) from error
    if root is None:  # what `recover` gives for a document with nothing in it
        raise NotWellFormedError("no root element")
    _refuse_nested_entities(root)
    return root


class Entities:
    """What the entities of one document stand for: the book's own short texts, or HTML's; never an external file."""

    def __init__(self, root: etree._Element) -> None:
        dtd = root.getroottree().docinfo.internalDTD
        declared = dtd.iterentities() if dtd is not None else ()
        self._own = {str(entity.name): _plain(entity.content) for entity in declared}
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
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def all_text(element: etree._Element) -> str:
    """Return the text inside an element with white space collapsed."""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def _refuse_nested_entities(root: etree._Element) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is None:
        return
    for entity in dtd.iterentities():
        if _REFERENCE.search(entity.orig or ""):
            raise _bomb("entities made of entities")


def _bomb(what: str) -> JobError:
    return JobError("epub_bomb", f"A document of the book has {what}: refused unread.")
