"""Parse XML from strangers: no DTD, no network, no expanded entities, bounded depth and text."""

from lxml import etree

from service.kinds.ingestion.parsers.limits import read_error


def parse_xml(content: bytes, what: str, code: str) -> etree._Element:
    """Return the root; raises JobError `code` for what is no XML, `archive_bomb` for an entity attack."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        if b"<!ENTITY" in content:
            raise read_error("archive_bomb", f"{what} has entities that multiply.") from error
        raise read_error(code, f"{what} is damaged: {error}") from error
    return root


def local_name(element: etree._Element) -> str:
    """Return the tag without its namespace; an empty string for comments and entities."""
    tag: object = element.tag  # a function for comments and entities, whatever the stubs say
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
