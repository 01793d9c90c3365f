"""Makers of small documents for tests and benchmarks: good ones, odd ones and hostile ones."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
STYLES = (
    f'<w:styles xmlns:w="{W}">'
    + "".join(f'<w:style w:styleId="H{n}"><w:name w:val="heading {n}"/></w:style>' for n in range(1, 4))
    + '<w:style w:styleId="Caption"><w:name w:val="caption"/></w:style></w:styles>'
)


def pdf(
    pages: Sequence[Sequence[tuple[float, float, str] | tuple[float, float, str, float, bool]]],
    *,
    title: str = "",
    picture_on: Sequence[int] = (),
    password: str | None = None,
) -> bytes:
    """Return a PDF: for each page its lines (x, y, text[, size, is_bold]) in the order of painting."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, encrypt=password)
    if title:
        canvas.setTitle(title)
    for number, lines in enumerate(pages, 1):
        for x, y, text, *more in lines:
            size, is_bold = (more[0], more[1]) if more else (10.0, False)
            canvas.setFont("Helvetica-Bold" if is_bold else "Helvetica", size)
            canvas.drawString(x, y, text)
        if number in picture_on:
            canvas.drawImage(ImageReader(_picture()), 72, 100, 120, 90)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def running_text(
    text: str, *, width: int = 90, x: float = 72, top: float = 780
) -> list[tuple[float, float, str]]:
    """Return lines for `pdf` that a text fills, 12 points apart."""
    words, lines, line = text.split(), [], ""
    for word in words:
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    lines.append(line)
    return [(x, top - 12 * number, each) for number, each in enumerate(lines)]


def two_columns_row_by_row(left: Sequence[str], right: Sequence[str]) -> list[tuple[float, float, str]]:
    """Return lines for `pdf` of two columns that are painted across, row by row."""
    rows = zip(left, right, strict=True)
    return [
        line
        for number, (a, b) in enumerate(rows)
        for line in ((60.0, 760.0 - 14 * number, a), (320.0, 760.0 - 14 * number, b))
    ]


def _picture() -> io.BytesIO:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 60, 60)).save(out, "PNG")
    out.seek(0)
    return out


def paragraph(text: str, style: str | None = None, *, is_list: bool = False) -> str:
    """Return a `w:p`."""
    about = f'<w:pStyle w:val="{style}"/>' if style else ""
    about += '<w:numPr><w:numId w:val="1"/></w:numPr>' if is_list else ""
    return f"<w:p><w:pPr>{about}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a `w:tbl`."""
    made = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl>{made}</w:tbl>"


def docx(body: str, *, title: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    """Return a DOCX with this body."""
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:wp="{WP}"><w:body>{body}</w:body></w:document>'.encode(),
        "word/styles.xml": STYLES.encode(),
        **(more or {}),
    }
    if title:
        dc = "http://purl.org/dc/elements/1.1/"
        core = f'<cp:coreProperties xmlns:cp="urn:x" xmlns:dc="{dc}"><dc:title>{title}</dc:title></cp:coreProperties>'
        parts["docProps/core.xml"] = core.encode()
    return zipped(parts)


def epub(chapters: Sequence[str], *, title: str = "A Book", more: Mapping[str, bytes] | None = None) -> bytes:
    """Return an EPUB whose chapters are XHTML bodies."""
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{title}</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    )
    parts = {"META-INF/container.xml": container.encode(), "OPS/book.opf": package.encode()}
    for n, chapter in enumerate(chapters):
        xhtml = (
            f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{chapter}</body></html>'
        )
        parts[f"OPS/c{n}.xhtml"] = xhtml.encode()
    return zipped({"mimetype": b"application/epub+zip", **parts, **(more or {})})


def zipped(parts: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def write(folder: Path, files: Mapping[str, bytes | str]) -> list[Path]:
    """Write files and return their paths, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return paths
