"""Make `loomings.epub` and `kusamakura-opening.epub` again from their texts: `python make.py` in this folder.

The texts are in `texts/`: paragraphs apart by a blank line, `# ` begins a chapter, and in the Japanese
one `漢字《かな》` is a reading. The archives have fixed dates, so the same texts give the same bytes.
"""

import re
import zipfile
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
CONTAINER = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"'
    ' xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}" xml:lang="{language}">'
    "<head><title>{title}</title></head><body>\n{body}\n</body></html>\n"
)
PACKAGE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0"'
    ' unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:identifier id="id">urn:nowserving:example:{name}</dc:identifier><dc:title>{title}</dc:title>'
    "<dc:creator>{author}</dc:creator><dc:language>{language}</dc:language>"
    "<dc:rights>Public domain</dc:rights>"
    '<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta></metadata>'
    '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    "{items}</manifest><spine>{references}</spine></package>\n"
)
BOOKS = (
    ("loomings", "Moby-Dick: the first chapters", "Herman Melville", "en"),
    ("kusamakura-opening", "草枕 (冒頭)", "夏目 漱石", "ja"),
)


def chapters_of(text: str) -> list[tuple[str, list[str]]]:
    """Return (title, paragraphs) of each chapter."""
    parts = [part.strip().split("\n\n") for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]]
    return [(part[0], part[1:]) for part in parts]


def page(title: str, paragraphs: list[str], language: str) -> str:
    """Return one chapter as XHTML."""
    body = [f"<h1>{escape(title)}</h1>"]
    for paragraph in paragraphs:
        text = escape(" ".join(paragraph.split()))
        ruby = re.sub(r"([\u3400-\u9fff]+)《(.+?)》", r"<ruby>\1<rp>(</rp><rt>\2</rt><rp>)</rp></ruby>", text)
        body.append(f"<p>{ruby}</p>")
    return PAGE.format(language=language, title=escape(title), body="\n".join(body))


def make(name: str, title: str, author: str, language: str) -> None:
    """Write one book."""
    chapters = chapters_of((HERE / "texts" / f"{name}.txt").read_text("utf-8"))
    files = [f"chapter-{number}.xhtml" for number in range(1, len(chapters) + 1)]
    links = "".join(
        f'<li><a href="{f}">{escape(c[0])}</a></li>' for f, c in zip(files, chapters, strict=True)
    )
    nav = PAGE.format(
        language=language, title=title, body=f'<nav epub:type="toc"><h1>{title}</h1><ol>{links}</ol></nav>'
    )
    items = "".join(f'<item id="{f[:-6]}" href="{f}" media-type="application/xhtml+xml"/>' for f in files)
    references = "".join(f'<itemref idref="{f[:-6]}"/>' for f in files)
    package = PACKAGE.format(
        name=name, title=title, author=author, language=language, items=items, references=references
    )
    entries = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    entries |= {"EPUB/package.opf": package, "EPUB/nav.xhtml": nav}
    entries |= {f"EPUB/{f}": page(*c, language) for f, c in zip(files, chapters, strict=True)}
    with zipfile.ZipFile(HERE / f"{name}.epub", "w") as archive:
        for path, content in entries.items():
            method = zipfile.ZIP_STORED if path == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), content, method)


if __name__ == "__main__":
    for book in BOOKS:
        make(*book)
