"""From an opened archive to what it says about itself: metadata, reading order, chapter titles, locks.

Sources: OCF 3.3 (container.xml, encryption.xml), EPUB Packages 3.3 and OPF 2.0.1 (metadata, spine), NCX (ANSI Z39.86).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from service.kinds.epub import safe_xml
from service.kinds.epub.archive import MIB, Archive
from service.kinds.epub.safe_xml import all_text, local_name
from service.model.errors import JobError

UNKNOWN_TITLE = "Unknown Title"
UNKNOWN_AUTHOR = "Unknown Author"
UNKNOWN_LANGUAGE = "Unknown Language"
UNKNOWN_PUBLISHER = "Unknown Publisher"

MAX_TEXT_CHARACTERS = 300
"""Titles and names are cut here: what a stranger wrote must fit a table."""
MAX_PEOPLE = 20
_MAX_PACKAGE_BYTES = 16 * MIB
_OPF_TYPE = "application/oebps-package+xml"
_TEXT_TYPES = {
    "application/xhtml+xml",
    "text/html",
    "image/svg+xml",
    "text/x-oeb1-document",
    "application/xml",
    "",
}
# Font obfuscation is no lock: OCF 3.3 section 4.3 and Adobe's older method.
_FONT_OBFUSCATION = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who wrote what; a member that the book leaves out has its "Unknown ..." value."""

    title: str = UNKNOWN_TITLE
    subtitle: str | None = None
    authors: tuple[str, ...] = (UNKNOWN_AUTHOR,)
    translators: tuple[str, ...] = ()
    language: str = UNKNOWN_LANGUAGE
    publisher: str = UNKNOWN_PUBLISHER

    @property
    def author(self) -> str:
        """All authors in one line."""
        return ", ".join(self.authors)


@dataclass(frozen=True, slots=True)
class SpineDocument:
    """One document of the reading order: the name of its entry, and its title in the table of contents."""

    name: str
    media_type: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Package:
    """What the book says about itself. `warnings` tell what was missing and did no harm."""

    metadata: Metadata
    documents: tuple[SpineDocument, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _ManifestItem:
    href: str
    media_type: str
    properties: frozenset[str]


def read_package(archive: Archive) -> Package:
    """Read container, package file and table of contents; raises JobError epub_invalid or epub_encrypted."""
    opf_name = _find_opf(archive)
    root = _parse(archive, opf_name, recover=True)
    manifest = _read_manifest(root)
    documents, warnings = _read_spine(archive, opf_name, root, manifest)
    _refuse_locked(archive, {name for name, _ in documents})
    if not documents:
        raise JobError("epub_invalid", "No document of the reading order is in the archive.")
    titles = _read_titles(archive, opf_name, root, manifest)
    return Package(
        read_metadata(root),
        tuple(SpineDocument(name, media_type, titles.get(name)) for name, media_type in documents),
        tuple(warnings),
    )


def _parse(archive: Archive, name: str, *, recover: bool = False) -> etree._Element:
    content = archive.read(name, _MAX_PACKAGE_BYTES)
    try:
        return safe_xml.parse(content)
    except safe_xml.NotWellFormedError as error:
        if not recover:
            raise JobError("epub_invalid", f"{name} is not well-formed XML: {error}") from error
    try:
        return safe_xml.parse(content, recover=True)
    except safe_xml.NotWellFormedError as error:
        raise JobError("epub_invalid", f"{name} cannot be read: {error}") from error


def _children(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the elements of that local name, whatever their namespace: old and new packages differ there."""
    return (element for element in root.iter(etree.Element) if local_name(element) == name)


def _find_opf(archive: Archive) -> str:
    container = archive.find("META-INF/container.xml")
    if container is None:
        raise JobError("epub_invalid", "META-INF/container.xml is missing: a ZIP archive, but no EPUB.")
    for rootfile in _children(_parse(archive, container, recover=True), "rootfile"):
        if rootfile.get("media-type", _OPF_TYPE) == _OPF_TYPE:
            name = archive.resolve("", rootfile.get("full-path", ""))
            if name is not None:
                return name
    raise JobError("epub_invalid", "META-INF/container.xml names no package file that is in the archive.")


def _read_manifest(root: etree._Element) -> dict[str, _ManifestItem]:
    return {
        element.get("id", ""): _ManifestItem(
            element.get("href", ""),
            element.get("media-type", "").split(";")[0].strip().lower(),
            frozenset(element.get("properties", "").split()),
        )
        for element in _children(root, "item")
    }


def _read_spine(
    archive: Archive, opf_name: str, root: etree._Element, manifest: dict[str, _ManifestItem]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (entry, media type) in reading order, each entry once, and warnings about what is not there."""
    found: dict[str, str] = {}
    warnings: list[str] = []
    for reference in _children(root, "itemref"):
        item = manifest.get(reference.get("idref", ""))
        name = archive.resolve(opf_name, item.href) if item else None
        if item is None or name is None:
            missing = item.href if item else reference.get("idref", "")
            warnings.append(f"In the reading order but not in the archive: {missing[:MAX_TEXT_CHARACTERS]}")
        elif item.media_type in _TEXT_TYPES:
            found.setdefault(name, item.media_type)
    return list(found.items()), warnings[:MAX_PEOPLE]


def _refuse_locked(archive: Archive, documents: set[str]) -> None:
    """Raise epub_encrypted when encryption.xml locks text of the book; obfuscated fonts are no matter."""
    name = archive.find("META-INF/encryption.xml")
    if name is None:
        return
    for locked in _children(_parse(archive, name), "encrypteddata"):
        algorithms = {m.get("Algorithm") for m in locked if local_name(m) == "encryptionmethod"}
        if algorithms and algorithms <= _FONT_OBFUSCATION:
            continue
        references = [r.get("URI", "") for r in _children(locked, "cipherreference")]
        if not references or any(archive.resolve("", uri) in documents for uri in references):
            raise JobError("epub_encrypted", "The text of this book is locked (DRM).")


def read_metadata(root: etree._Element) -> Metadata:
    """Return the metadata of a package document, of EPUB 3 (refines) or EPUB 2 (opf:role)."""
    metadata = next(_children(root, "metadata"), root)  # a collection further down may have titles of its own
    refinements = _read_refinements(metadata)
    title, subtitle = _read_book_titles(metadata, refinements)
    authors, translators = _read_people(metadata, refinements)
    return Metadata(
        title=title,
        subtitle=subtitle,
        authors=authors or (UNKNOWN_AUTHOR,),
        translators=translators,
        language=next((text for _, text in _texts(metadata, "language")), UNKNOWN_LANGUAGE),
        publisher=next((text for _, text in _texts(metadata, "publisher")), UNKNOWN_PUBLISHER),
    )


def _read_book_titles(
    metadata: etree._Element, refinements: dict[tuple[str, str], str]
) -> tuple[str, str | None]:
    """Return the title that is marked as main, else the first, and the subtitle if one is marked."""
    titles = [(_refined(e, refinements, "title-type"), text) for e, text in _texts(metadata, "title")]
    first = titles[0][1] if titles else UNKNOWN_TITLE
    main = next((text for kind, text in titles if kind == "main"), first)
    return main, next((text for kind, text in titles if kind == "subtitle"), None)


def _texts(root: etree._Element, name: str) -> Iterator[tuple[etree._Element, str]]:
    for element in _children(root, name):
        text = all_text(element)[:MAX_TEXT_CHARACTERS]
        if text:
            yield element, text


def _read_refinements(root: etree._Element) -> dict[tuple[str, str], str]:
    return {
        (meta.get("refines", "").removeprefix("#"), meta.get("property", "")): all_text(meta)
        for meta in _children(root, "meta")
        if meta.get("refines")
    }


def _refined(
    element: etree._Element, refinements: dict[tuple[str, str], str], name: str, default: str = ""
) -> str:
    return refinements.get((element.get("id", "\0"), name), default)


def _read_people(
    root: etree._Element, refinements: dict[tuple[str, str], str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return authors and translators (MARC relators aut, trl), in display order; no role means author."""
    people: list[tuple[float, str, str]] = []
    for tag, default_role in (("creator", "aut"), ("contributor", "")):
        for element, text in _texts(root, tag):
            old_role = next((v for k, v in element.attrib.items() if str(k).endswith("}role")), default_role)
            role = _refined(element, refinements, "role", str(old_role)).rpartition("/")[2].strip().lower()
            position = _refined(element, refinements, "display-seq")
            people.append((float(position) if position.isdecimal() else float("inf"), role, text))
    people.sort(key=lambda person: person[0])
    by_role = {role: [text for _, r, text in people if r == role] for role in ("aut", "trl")}
    authors, translators = (tuple(dict.fromkeys(by_role[role]))[:MAX_PEOPLE] for role in ("aut", "trl"))
    return authors, translators


def _read_titles(
    archive: Archive, opf_name: str, root: etree._Element, manifest: dict[str, _ManifestItem]
) -> dict[str, str]:
    """Return entry -> first title in the table of contents: the EPUB 3 nav, else the NCX; none is no error."""
    navs = [item for item in manifest.values() if "nav" in item.properties]
    spine = next(_children(root, "spine"), None)
    ncx_id = spine.get("toc", "") if spine is not None else ""
    ncxs = [item for key, item in manifest.items() if key == ncx_id or item.media_type.endswith("dtbncx+xml")]
    titles: dict[str, str] = {}
    for item in [*navs, *ncxs]:
        name = archive.resolve(opf_name, item.href)
        if name is None:
            continue
        try:
            contents = _parse(archive, name)
        except JobError as error:
            if error.code in {"epub_corrupt", "epub_bomb"}:
                raise
            continue  # a table of contents that cannot be read costs titles, not the book
        for href, title in _toc_entries(contents):
            target = archive.resolve(name, href)
            if target is not None and title:
                titles.setdefault(target, title[:MAX_TEXT_CHARACTERS])
    return titles


def _toc_entries(root: etree._Element) -> Iterator[tuple[str, str]]:
    for point in _children(root, "navpoint"):
        label = next((all_text(child) for child in point if local_name(child) == "navlabel"), "")
        href = next((child.get("src", "") for child in point if local_name(child) == "content"), "")
        yield href, label
    for nav in _children(root, "nav"):
        kinds = next((str(v) for k, v in nav.attrib.items() if str(k).endswith("}type")), "toc").split()
        if "toc" in kinds:
            yield from ((link.get("href", ""), all_text(link)) for link in _children(nav, "a"))
