"""Documents are read as people read them: in order, with headings, lists, tables, pictures; bad ones fail by name."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.kinds.ingestion.documents import Block, Picture, Portion
from service.kinds.ingestion.parsers.csv import delimiter_of
from service.kinds.ingestion.parsers.formats import read_document
from service.kinds.ingestion.parsers.limits import ReadLimits
from service.kinds.ingestion.parsers.markdown import inline
from service.kinds.ingestion.parsers.pdf_layout import in_reading_order, join_lines
from service.kinds.ingestion.parsers.pdf_lines import Line
from service.kinds.ingestion.parsers.text import decode
from service.model.errors import JobError
from tests.kinds import ingestion_files as make

Read = Callable[..., list[Portion]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(name: str, content: bytes | str, limits: ReadLimits | None = None) -> list[Portion]:
        (path,) = make.write(tmp_path, {name: content})
        return list(read_document(path, name, limits or ReadLimits()))

    return read


def blocks(portions: list[Portion]) -> list[Block]:
    return [block for portion in portions for block in portion.blocks]


def told(portions: list[Portion]) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in blocks(portions)]


def code_of(read: Read, name: str, content: bytes | str, limits: ReadLimits | None = None) -> str:
    with pytest.raises(JobError) as caught:
        read(name, content, limits)
    return caught.value.code


# --- PDF ---
BODY = "The quick brown fox jumps over the lazy dog while nobody looks at it. " * 4


def test_a_pdf_has_headings_by_size_paragraphs_and_pages(read: Read) -> None:
    first = [(72.0, 800.0, "Animals", 20.0, True), *make.running_text(BODY, top=770)]
    second = [
        (72.0, 800.0, "Of Dogs", 14.0, True),
        *make.running_text("Dogs bark.", top=770),
        (300.0, 30.0, "2"),
    ]
    portions = read("a.pdf", make.pdf([first, second], title="On Animals"))
    assert [portion.done for portion in portions] == [1, 2]
    assert portions[0].title == "On Animals"
    assert [(b.kind, b.level, b.page) for b in blocks(portions)] == [
        ("heading", 1, 1), ("paragraph", 0, 1), ("heading", 2, 2), ("paragraph", 0, 2),
    ]  # fmt: skip
    assert blocks(portions)[1].text == BODY.strip(), (
        "lines of one paragraph are joined, the page number is left out"
    )


def test_columns_painted_row_by_row_are_read_column_by_column(read: Read) -> None:
    left = [f"Left column line number {n} goes on here" for n in range(12)]
    right = [f"Right column line number {n} goes on too" for n in range(12)]
    (portion,) = read("a.pdf", make.pdf([make.two_columns_row_by_row(left, right)]))
    text = " ".join(block.text for block in portion.blocks)
    assert text == " ".join(left + right)


def test_a_table_keeps_its_rows(read: Read) -> None:
    rows = [
        line
        for y in range(8)
        for line in ((72.0, 700.0 - 14 * y, f"name {y}"), (300.0, 700.0 - 14 * y, f"{y},5"))
    ]
    (portion,) = read("a.pdf", make.pdf([rows]))
    text = " ".join(block.text for block in portion.blocks)
    assert text.replace("\t", " ").startswith("name 0 0,5 name 1 1,5 name 2 2,5")


def test_words_cut_at_the_end_of_a_line_are_made_whole() -> None:
    def line(text: str) -> Line:
        return Line(text, 0, 100, 0, 0, 10, is_bold=False, row=0)

    assert join_lines([line("a re-"), line("markable thing")]) == "a remarkable thing"
    assert join_lines([line("the Anglo-"), line("Saxon")]) == "the Anglo- Saxon"


def test_lines_that_span_both_columns_part_what_is_above_from_what_is_below() -> None:
    def line(text: str, x0: float, x1: float, y: float, row: int) -> Line:
        return Line(text, x0, x1, y, y, 10, is_bold=False, row=row)

    page = []
    for block, top in (("a", 700.0), ("b", 300.0)):
        for n in range(6):
            page += [
                line(f"{block}l{n}", 50, 290, top - 12 * n, 2 * n),
                line(f"{block}r{n}", 310, 550, top - 12 * n, 2 * n + 1),
            ]
    page.append(line("across", 50, 550, 500, 99))
    order = [each.text for each in in_reading_order(page, 600)]
    wanted = [f"a{side}{n}" for side in "lr" for n in range(6)] + ["across"]
    assert order == wanted + [f"b{side}{n}" for side in "lr" for n in range(6)]


def test_pictures_have_sizes_and_the_nearest_caption(read: Read) -> None:
    page = [*make.running_text(BODY), (72.0, 88.0, "Figure 1: A red square", 9.0, False)]
    (portion,) = read("a.pdf", make.pdf([page], picture_on=[1]))
    assert list(portion.pictures) == [Picture(1, "Figure 1: A red square", 40, 30)]


def test_a_scan_among_pages_of_text_is_a_fault_and_a_whole_scan_needs_ocr(read: Read) -> None:
    content = make.pdf([make.running_text(BODY), [], []], picture_on=[2])
    portions = read("a.pdf", content)
    assert [fault.code for portion in portions for fault in portion.faults] == ["needs_ocr"], (
        "an empty page is none"
    )
    assert [fault.part for portion in portions for fault in portion.faults] == ["page 2"]
    assert code_of(read, "b.pdf", make.pdf([[]], picture_on=[1])) == "needs_ocr"


def test_pdfs_that_cannot_be_opened_fail_by_name(read: Read) -> None:
    good = make.pdf([make.running_text(BODY)])
    assert code_of(read, "a.pdf", make.pdf([make.running_text(BODY)], password="secret")) == "pdf_encrypted"
    assert code_of(read, "a.pdf", good[:200]) == "pdf_corrupt"
    assert code_of(read, "a.pdf", b"This is no PDF") == "pdf_corrupt"
    assert code_of(read, "a.pdf", make.pdf([[], [], []]), ReadLimits(pages=2)) == "document_too_large"


def test_a_page_with_too_much_on_it_is_a_fault_and_the_others_are_read(read: Read) -> None:
    content = make.pdf([make.running_text(BODY * 3), make.running_text("Short.")])
    portions = read("a.pdf", content, ReadLimits(characters_a_page=100))
    assert [fault.part for portion in portions for fault in portion.faults] == ["page 1"]
    assert [block.text for block in blocks(portions)] == ["Short."]


# --- DOCX ---
def test_a_docx_has_headings_lists_tables_and_captions(read: Read) -> None:
    drawing = (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{make.WP}"><wp:extent cx="952500" cy="476250"/>'
        '<wp:docPr id="1" name="p"/></wp:inline></w:drawing></w:r></w:p>'
    )
    body = (
        make.paragraph("One", "H1") + make.paragraph("Some text.") + make.paragraph("First", is_list=True)
        + make.table([["a", "b"], ["1", "2"]]) + drawing + make.paragraph("Figure 1: A thing", "Caption")
        + make.paragraph("Two", "H2")
    )  # fmt: skip
    (portion,) = read("a.docx", make.docx(body, title="The title"))
    assert told([portion]) == [
        ("heading", 1, "One"), ("paragraph", 0, "Some text."), ("list", 0, "• First"), ("table", 0, "a | b\n1 | 2"),
        ("caption", 0, "Figure 1: A thing"), ("heading", 2, "Two"),
    ]  # fmt: skip
    assert portion.title == "The title"
    assert list(portion.pictures) == [Picture(None, "Figure 1: A thing", 100, 50)]


def test_what_is_deleted_under_change_tracking_is_left_out_and_page_marks_count(read: Read) -> None:
    body = (
        "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del></w:p>"
        "<w:p><w:r><w:lastRenderedPageBreak/><w:t>next</w:t></w:r></w:p><w:p><w:r><w:t>after</w:t></w:r></w:p>"
    )
    (portion,) = read("a.docx", make.docx(body))
    assert [block.text for block in portion.blocks] == ["kept", "next", "after"]
    assert portion.blocks[2].page == 2


def test_docx_files_that_cannot_be_read_fail_by_name(read: Read) -> None:
    assert code_of(read, "a.docx", b"\xd0\xcf\x11\xe0 and so on") == "docx_encrypted"
    assert code_of(read, "a.docx", make.zipped({"other.xml": b"<x/>"})) == "docx_invalid"
    assert code_of(read, "a.docx", make.docx("<w:p><w:r></w:p>")) == "docx_invalid"
    assert code_of(read, "a.docx", b"plain text") == "docx_invalid"
    good = make.docx(make.paragraph("x"))
    assert code_of(read, "a.docx", good[: len(good) // 2]) == "archive_corrupt"


def test_entities_that_multiply_are_refused(read: Read) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c, *[c - 1] * 8)
        for c in range(ord("c"), ord("m"))
    )
    document = laughs + b"]><x>&l;</x>"
    content = make.docx("", more={"word/document.xml": document})
    assert code_of(read, "a.docx", content) in {"archive_bomb", "docx_invalid"}


# --- archives ---
def test_archives_that_would_unpack_to_far_more_are_refused_unread(read: Read) -> None:
    bomb = make.zipped({"word/document.xml": b"\0" * (5 << 20)})
    assert code_of(read, "a.docx", bomb) == "archive_bomb"
    assert (
        code_of(read, "a.epub", make.zipped({f"{n}": b"" for n in range(30)}), ReadLimits(entries=20))
        == "archive_bomb"
    )


def test_damaged_and_locked_entries_are_told_apart_from_good_ones(read: Read, tmp_path: Path) -> None:
    good = make.zipped({"word/document.xml": b"<x/>" * 50}, compression=zipfile.ZIP_STORED)
    at = good.index(b"<x/>")
    assert code_of(read, "a.docx", good[:at] + b"<y/>" + good[at + 4 :]) == "archive_corrupt"
    flags = bytearray(good)
    central = good.index(b"PK\x01\x02")
    struct.pack_into("<H", flags, central + 8, 1)
    assert code_of(read, "a.docx", bytes(flags)) == "archive_corrupt"


# --- HTML and EPUB ---
PAGE = """<!doctype html><html><head><title>A page</title><script>var x = "no";</script></head><body>
<nav><a href=/>Home</a></nav><header><nav>Menu</nav></header>
<main><h1>Title</h1><p>One <b>bold</b> word<br>and more.</p><ul><li>a<li>b</ul><pre>x = 1
y = 2</pre><table><tr><th>k<th>v<tr><td>1<td>2</table><figure><img src=x alt="A duck" width=300 height=200>
<figcaption>Ducks</figcaption></figure><div>Loose text <span>in spans</span></div><p hidden>secret</p></main>
<aside>Advert</aside><footer>Imprint</footer></body></html>"""


def test_a_web_page_is_its_article(read: Read) -> None:
    (portion,) = read("a.html", PAGE)
    assert told([portion]) == [
        ("heading", 1, "Title"), ("paragraph", 0, "One bold word and more."), ("list", 0, "• a"), ("list", 0, "• b"),
        ("code", 0, "x = 1\ny = 2"), ("table", 0, "k | v\n1 | 2"), ("caption", 0, "Ducks"),
        ("paragraph", 0, "Loose text in spans"),
    ]  # fmt: skip
    assert portion.title == "A page"
    assert list(portion.pictures) == [Picture(None, "A duck", 300, 200)]


def test_a_page_without_landmarks_or_with_an_empty_one_is_its_body(read: Read) -> None:
    assert told(read("a.html", "<p>only this")) == [("paragraph", 0, "only this")]
    page = "<main></main><div>" + "All the text is here. " * 20 + "</div>"
    assert "All the text" in blocks(read("a.html", page))[0].text


def test_a_page_nested_beyond_reason_is_refused_and_not_followed(read: Read) -> None:
    assert code_of(read, "a.html", "<div>" * 5000 + "deep") == "document_too_large"
    # The parser itself takes minutes for this one: the square of the depth.
    assert code_of(read, "a.html", "<div>" * 200_000 + "deep") == "document_too_large"
    assert code_of(read, "a.html", "<b><i>" * 50_000 + "deep") == "document_too_large"


def test_an_epub_is_read_chapter_by_chapter_and_a_damaged_one_is_a_fault(read: Read) -> None:
    content = make.epub(["<h1>First</h1><p>a</p>", "<p>b</p>", "<p>c</p>"], title="The Book")
    portions = read("a.epub", content)
    assert [(block.text, block.page) for block in blocks(portions)] == [
        ("First", 1),
        ("a", 1),
        ("b", 2),
        ("c", 3),
    ]
    assert {portion.title for portion in portions} == {"The Book"}
    damaged = make.epub(["<p>a</p>", "x" * 500])
    with zipfile.ZipFile(io.BytesIO(damaged)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stored = make.zipped(parts, compression=zipfile.ZIP_STORED)
    at = stored.index(b"xxxx")
    portions = read("b.epub", stored[:at] + b"y" + stored[at + 1 :])
    assert [fault.part for portion in portions for fault in portion.faults] == ["chapter 2"]
    assert [block.text for block in blocks(portions)] == ["a"]


def test_epubs_that_cannot_be_read_fail_by_name(read: Read) -> None:
    assert code_of(read, "a.epub", make.zipped({"x": b""})) == "epub_invalid"
    assert code_of(read, "a.epub", make.epub([])) == "epub_invalid"
    drm = b'<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    locked = make.epub(["<p>a</p>"], more={"META-INF/encryption.xml": drm + b"</EncryptedData></encryption>"})
    assert code_of(read, "a.epub", locked) == "epub_encrypted"


# --- Markdown, text, CSV ---
def test_markdown_is_read_by_its_lines(read: Read) -> None:
    text = (
        "---\ntitle: From the front\n---\n# One #\n\nA *word* and\na [link](http://x).\n\nTwo\n---\n\n- a\n- b\n\n"
        "```py\n# no heading\n```\n\n| k | v |\n|---|---|\n| 1 | 2 |\n\n![a duck](d.png)\n"
    )
    (portion,) = read("a.md", text)
    assert told([portion]) == [
        ("heading", 1, "One"), ("paragraph", 0, "A word and a link."), ("heading", 2, "Two"), ("list", 0, "- a\n- b"),
        ("code", 0, "# no heading"), ("table", 0, "k | v\n1 | 2"), ("paragraph", 0, "a duck"),
    ]  # fmt: skip
    assert portion.title == "From the front"
    assert [picture.caption for picture in portion.pictures] == ["a duck"]


@given(st.text(alphabet="[]()*`_ !ab\n", max_size=400))
@settings(max_examples=100, deadline=None)
def test_marks_that_do_not_close_are_harmless(text: str) -> None:
    assert len(inline(text)) <= len(text)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp1251"]
)
def test_text_is_read_in_the_encoding_it_has(encoding: str) -> None:
    text = {
        "cp1251": "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 10,
    }.get(encoding, "Größe und Maße: naïve façades, déjà vu. " * 10)
    assert decode(text.encode(encoding)).strip() == text.strip()


def test_utf_16_without_a_mark_is_known_by_its_zeros() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 20
    assert decode(text.encode("utf-16-le")) == decode(text.encode("utf-16-be")) == text


def test_bytes_that_are_no_text_are_refused(read: Read) -> None:
    assert code_of(read, "a.txt", bytes(range(256)) * 40) == "format_unknown"
    assert code_of(read, "a.txt", b"") == "document_empty"
    assert code_of(read, "a.txt", b" \n\n ") == "document_empty"


def test_a_table_tells_each_value_with_its_column(read: Read) -> None:
    text = 'name;city;note\nAda;London;"a; b"\nBob;Paris;\n'
    assert told(read("a.csv", text)) == [
        ("heading", 6, "Rows 1-2"),
        ("table", 0, "name: Ada; city: London; note: a; b"),
        ("table", 0, "name: Bob; city: Paris"),
    ]
    assert delimiter_of("a\tb\n1,5\t2\n") == "\t"
    assert delimiter_of("a,b,c\n1,2,3\n") == ","
    assert told(read("b.csv", "only,a,header\n")) == [("table", 0, "only; a; header")]


# --- which format ---
def test_content_counts_more_than_the_name(read: Read) -> None:
    assert blocks(read("really.txt", make.pdf([make.running_text("From a PDF.")])))[0].text == "From a PDF."
    assert blocks(read("page.txt", "<!DOCTYPE html><p>From a page.</p>"))[0].text == "From a page."
    assert blocks(read("paper", make.docx(make.paragraph("From Word."))))[0].text == "From Word."
    assert code_of(read, "things.txt", make.zipped({"a.txt": b"x"})) == "format_unknown"
