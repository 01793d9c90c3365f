"""Makers of small books for tests: good ones, odd ones and hostile ones."""

import struct
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
DEFAULT_METADATA = (
    "<dc:title>A Small Book</dc:title><dc:creator>Ada Writer</dc:creator>"
    "<dc:language>en</dc:language><dc:publisher>Our Press</dc:publisher>"
)


def xhtml(body: str, title: str = "", doctype: str = "") -> str:
    """Return an XHTML document."""
    head = f"<head><title>{title}</title></head>"
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{doctype}'
        f'<html xmlns="http://www.w3.org/1999/xhtml">{head}<body>{body}</body></html>'
    )


def package(
    chapters: Sequence[str], metadata: str = DEFAULT_METADATA, manifest: str = "", spine: str = ""
) -> str:
    """Return a package document whose spine lists `chapters` (names of entries)."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    references = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        f"{metadata}</metadata><manifest>{items}{manifest}</manifest>"
        f"<spine>{references}{spine}</spine></package>"
    )


def make_zip(path: Path, entries: Sequence[tuple[str, str | bytes]]) -> Path:
    """Write a ZIP with these entries in this order; a name may be there twice."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names, which are meant
        for name, content in entries:
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, method)
    return path


def make_epub(
    path: Path,
    bodies: Sequence[str] = ("<p>Hello small world</p>",),
    *,
    documents: Sequence[str | bytes] | None = None,
    metadata: str = DEFAULT_METADATA,
    manifest: str = "",
    spine: str = "",
    extra: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write an EPUB with one chapter for each body (or each whole document) and return its path."""
    contents = list(documents) if documents is not None else [xhtml(body) for body in bodies]
    names = [f"c{n}.xhtml" for n in range(1, len(contents) + 1)]
    entries: list[tuple[str, str | bytes]] = [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", CONTAINER),
        ("OEBPS/book.opf", package(names, metadata, manifest, spine)),
    ]
    entries += [(f"OEBPS/{name}", content) for name, content in zip(names, contents, strict=True)]
    entries += list((extra or {}).items())
    return make_zip(path, entries)


def damage_entry(path: Path, name: str, *, only_crc: bool = False) -> Path:
    """Damage the packed bytes of one entry, or only the CRC its directory entry promises."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
    content = bytearray(path.read_bytes())
    if only_crc:
        start = 0
        while True:  # each record of the central directory: CRC at +16, name length at +28, name at +46
            start = content.index(b"PK\x01\x02", start)
            (length,) = struct.unpack_from("<H", content, start + 28)
            if content[start + 46 : start + 46 + length] == name.encode():
                content[start + 16] ^= 0xFF
                break
            start += 4
    else:
        name_length, extra_length = struct.unpack_from("<HH", content, info.header_offset + 26)
        data_at = info.header_offset + 30 + name_length + extra_length
        for offset in range(data_at, data_at + info.compress_size):
            content[offset] = 0xFF  # block type 3 does not exist in deflate
    path.write_bytes(content)
    return path


def set_flag(path: Path, name: str, flag: int) -> Path:
    """Set bits of an entry's general purpose flag in the central directory (0x1: encrypted)."""
    content = bytearray(path.read_bytes())
    start = 0
    while True:
        start = content.index(b"PK\x01\x02", start)
        (length,) = struct.unpack_from("<H", content, start + 28)
        if content[start + 46 : start + 46 + length] == name.encode():
            content[start + 8] |= flag
            break
        start += 4
    path.write_bytes(content)
    return path


def encryption_xml(uri: str, algorithm: str) -> str:
    """Return a META-INF/encryption.xml that locks one entry."""
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#">'
        f'<EncryptionMethod Algorithm="{algorithm}"/>'
        f'<CipherData><CipherReference URI="{uri}"/></CipherData></EncryptedData></encryption>'
    )
