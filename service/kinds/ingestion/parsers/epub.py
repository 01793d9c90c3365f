"""Read an EPUB as a document: its chapters in reading order, a chapter counting as a page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

from service.kinds.ingestion.documents import Fault, Portion
from service.kinds.ingestion.parsers.archive import Archive
from service.kinds.ingestion.parsers.html import page_portion
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.text import decode
from service.kinds.ingestion.parsers.xml import local_name, parse_xml
from service.model.errors import JobError

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_FONT_OBFUSCATION: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read_epub(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield one portion a chapter; raises JobError epub_invalid, epub_encrypted, archive_corrupt …

    A chapter that cannot be read is a fault; the others are read.
    """
    with Archive(path, limits) as archive:
        _refuse_drm(archive)
        package_name = _package_name(archive)
        package = parse_xml(archive.read(package_name), package_name, "epub_invalid")
        chapters = _spine(archive, package, package_name)
        if not chapters:
            raise read_error("epub_invalid", "No document is in its reading order.")
        title = next((_words(each) for each in package.iter() if local_name(each) == "title"), None)
        for number, name in enumerate(chapters, 1):
            try:
                text = decode(archive.read(name), is_markup=True)
                portion = page_portion(text, limits, page=number, is_xhtml=True)
            except JobError as error:
                fault = Fault(
                    f"chapter {number}", error.code, f"Chapter {number} cannot be read: {error.message}"
                )
                yield Portion((), (), (fault,), number, len(chapters), title)
                continue
            yield Portion(portion.blocks, portion.pictures, (), number, len(chapters), title)


def _words(element: etree._Element) -> str | None:
    return " ".join("".join(str(part) for part in element.itertext()).split())[:300] or None


def _package_name(archive: Archive) -> str:
    if _CONTAINER not in archive:
        raise read_error("epub_invalid", "It has no META-INF/container.xml.")
    root = parse_xml(archive.read(_CONTAINER), _CONTAINER, "epub_invalid")
    for element in root.iter():
        name = element.get("full-path") if local_name(element) == "rootfile" else None
        if name and name in archive:
            return name
    raise read_error("epub_invalid", "Its package file is not in it.")


def _spine(archive: Archive, package: etree._Element, package_name: str) -> list[str]:
    places = {
        element.get("id"): archive.resolve(package_name, element.get("href") or "")
        for element in package.iter()
        if local_name(element) == "item" and "html" in (element.get("media-type") or "html")
    }
    references = [places.get(each.get("idref")) for each in package.iter() if local_name(each) == "itemref"]
    return list(dict.fromkeys(name for name in references if name))


def _refuse_drm(archive: Archive) -> None:
    if _ENCRYPTION not in archive:
        return
    root = parse_xml(archive.read(_ENCRYPTION), _ENCRYPTION, "epub_invalid")
    methods = {each.get("Algorithm") for each in root.iter() if local_name(each) == "EncryptionMethod"}
    if methods - set(_FONT_OBFUSCATION):
        raise read_error("epub_encrypted", "The text is locked by DRM.")
