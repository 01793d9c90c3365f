"""Words, texts and metadata: what is counted, and what is shown of a book."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kinds.epub import text as text_module
from service.kinds.epub.book import open_book
from service.kinds.epub.counting import count_words
from service.kinds.epub.package import Metadata, Package
from service.kinds.epub.tag_soup import decode
from service.kinds.epub.text import MAX_SPACE_RUN, read_document
from tests.kinds.epub_files import make_epub, xhtml

LATIN = st.text(st.sampled_from("abcXYZ019'-.,!?…«» \t\n\u00a0é_"), max_size=200)


def text_of(body: str) -> str:
    return read_document(xhtml(body).encode()).text


def package_of(path: Path) -> Package:
    with open_book(path, 200) as book:
        return book.package


def metadata_of(tmp_path: Path, metadata: str) -> Metadata:
    return package_of(make_epub(tmp_path / "book.epub", metadata=metadata)).metadata


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one", 1),
        ("  one\n two\u00a0three ", 3),
        ("don't stop—now 3.14 1,000", 4),
        ("— … *** ___ !", 0),
        ("草枕", 2),
        ("東京tower 2020年", 5),
        ("ラーメン、ください。", 8),
        ("안녕하세요 세계", 2),
        ("الكتاب الصغير", 2),
        ("𠮷野", 2),
        ("中・黒", 2),
    ],
)
def test_words_are_runs_with_a_letter_or_digit_and_single_cjk_characters(text: str, words: int) -> None:
    assert count_words(text) == words


@given(LATIN)
def test_without_cjk_the_count_is_that_of_splitting_at_white_space(text: str) -> None:
    assert count_words(text) == sum(1 for part in text.split() if any(c.isalnum() for c in part))


@given(st.text(max_size=100), st.text(max_size=100))
def test_the_words_of_two_texts_add_up(first: str, second: str) -> None:
    assert count_words(first + "\n" + second) == count_words(first) + count_words(second)


@given(st.text(st.sampled_from("日本語かなカナ一二三"), max_size=100))
def test_every_cjk_character_is_a_word(text: str) -> None:
    assert count_words(text) == len(text)


XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=80)


@given(st.lists(XML_TEXT, max_size=8))
def test_paragraphs_come_out_as_their_words_in_order(paragraphs: list[str]) -> None:
    body = "".join(
        f"<p>{p.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</p>" for p in paragraphs
    )
    space = re.compile(r"[ \t\r\n\f]+")
    expected = [space.sub(" ", p).strip(" ") for p in paragraphs]
    assert text_of(body) == "\n\n".join(p for p in expected if p).strip()


@given(st.binary(max_size=400))
def test_no_bytes_bring_the_reader_out_of_its_codes(content: bytes) -> None:
    document = read_document(b"<p>start</p>" + content)
    assert document.text.startswith("start")


PIECES = (
    "<p> </p> <b> </b> <div> </div> <table> <tr> <td> </table> <ul> <li> </ul> <a href='x'> </a> &nbsp; &amp; & < "
    "> <br> <br/> <title/> <script> </script> <!-- --> <![CDATA[ ]]> <svg> </svg> <pre> </pre> <ruby> <rt> word"
)
MARKUP = st.lists(st.sampled_from(PIECES.split(" ")), max_size=60)


@given(MARKUP)
def test_no_markup_brings_the_reader_out_of_its_codes(parts: list[str]) -> None:
    document = read_document(" ".join(parts).encode())
    assert isinstance(document.markdown, str)
    assert len(document.text) <= sum(len(p) for p in parts) + len(parts)


def test_blocks_are_apart_and_inline_elements_are_not() -> None:
    assert text_of("<h1>T</h1><p>a<b>b</b>c <i>d</i></p>e<br/>f") == "T\n\nabc d\n\ne\nf"
    assert text_of("<ul><li>x</li><li>y</li></ul>") == "x\ny"
    assert text_of("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>") == "1 2\n3"
    assert text_of("<pre>a\n  b</pre>") == "a\n  b"


def test_readings_scripts_and_styles_are_not_text() -> None:
    assert text_of("<ruby>漱石<rp>(</rp><rt>そうせき</rt><rp>)</rp></ruby>は") == "漱石は"
    assert text_of("a<script>var x</script><style>p {}</style>b") == "ab"
    assert text_of('<svg xmlns="http://www.w3.org/2000/svg"><title>no</title><text>yes</text></svg>') == "yes"


def test_long_runs_of_white_space_are_cut() -> None:
    assert text_of("a" + "\u00a0" * 5000 + "b") == "a" + "\u00a0" * MAX_SPACE_RUN + "b"
    assert text_of("<pre>a" + " " * 5000 + "b</pre>") == "a" + " " * MAX_SPACE_RUN + "b"


def test_tag_soup_is_read_as_a_browser_would() -> None:
    page = b'<html><head><title/><script src="x"/></head><body>a&nbsp;b <p>unclosed<p id="x"/>more<br>end</body></html>'
    assert read_document(page).text == "a\xa0b\n\nunclosed\n\nmore\nend"
    assert read_document(page).heading is None
    soup = b"<title>The &nbsp; Title</title><h2>First <em>head</em></h2><p>one<p>two"
    assert read_document(soup).heading == "First head"
    assert read_document(soup).text == "First head\n\none\n\ntwo"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("﻿é".encode(), "é"),
        (b"<?xml encoding='iso-8859-1'?>\xe9", "<?xml encoding='iso-8859-1'?>é"),
        ("<meta charset=shift_jis>草".encode("shift_jis"), "<meta charset=shift_jis>草"),
        ("é".encode("utf-16"), "é"),
        (b"<?xml encoding='punycode'?>abc-", "<?xml encoding='punycode'?>abc-"),
        (b"<?xml encoding='hex'?>\xff", "<?xml encoding='hex'?>\ufffd"),
    ],
)
def test_documents_are_decoded_as_they_declare(content: bytes, expected: str) -> None:
    assert decode(content) == expected


def test_markdown_keeps_headings_lists_tables_emphasis_and_web_links() -> None:
    markdown = read_document(
        xhtml(
            "<section><h2>Head</h2><p>An <em>old</em> <strong>tale</strong> of 2 * 3_4.</p>"
            "<ul><li>x</li><li>y</li></ul>"
            '<p><a href="https://example.org/">web</a> <a href="c2.xhtml#n1">note</a></p>'
            "<blockquote><p>q</p></blockquote>"
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></section>"
        ).encode()
    ).markdown
    for line in (
        "## Head",
        "An *old* **tale** of 2 * 3_4.",
        "- x",
        "[web](https://example.org/) note",
        "> q",
    ):
        assert line in markdown.splitlines()
    assert "| a | b |" in markdown
    assert "| 1 | 2 |" in markdown


def test_a_huge_or_deep_document_is_kept_as_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    soup = read_document(b"<div>" * 900 + b"<b>word</b>")
    assert soup.text == "word"
    assert soup.markdown == "word"
    monkeypatch.setattr(text_module, "MAX_MARKDOWN_CHARACTERS", 3)
    assert read_document(xhtml("<p><b>long</b></p>").encode()).markdown == "long"
    monkeypatch.undo()
    monkeypatch.setattr(text_module, "MAX_MARKDOWN_TOKENS", 3)
    assert read_document(xhtml("<p><b>many</b></p>").encode()).markdown == "many"


def test_missing_metadata_has_defaults_that_say_so(tmp_path: Path) -> None:
    assert metadata_of(tmp_path, "") == Metadata(
        "Unknown Title", None, ("Unknown Author",), (), "Unknown Language", "Unknown Publisher"
    )
    assert metadata_of(tmp_path, "<dc:title>  \n </dc:title>").title == "Unknown Title"


def test_main_title_subtitle_and_roles_of_epub_3(tmp_path: Path) -> None:
    found = metadata_of(
        tmp_path,
        '<dc:title id="s">Or, The Whale</dc:title><meta refines="#s" property="title-type">subtitle</meta>'
        '<dc:title id="m">Moby-Dick</dc:title><meta refines="#m" property="title-type">main</meta>'
        '<dc:creator id="t">Trans Lator</dc:creator><meta refines="#t" property="role">trl</meta>'
        '<dc:creator id="b">Second</dc:creator><meta refines="#b" property="display-seq">2</meta>'
        '<dc:creator id="a">First</dc:creator><meta refines="#a" property="display-seq">1</meta>'
        '<dc:contributor id="c">Other Translator</dc:contributor><meta refines="#c" property="role">trl</meta>'
        "<dc:contributor>Typist</dc:contributor>",
    )
    assert (found.title, found.subtitle) == ("Moby-Dick", "Or, The Whale")
    assert found.author == "First, Second"
    assert found.translators == ("Trans Lator", "Other Translator")


def test_roles_of_epub_2(tmp_path: Path) -> None:
    found = metadata_of(
        tmp_path,
        '<dc:creator opf:role="aut">Writer</dc:creator><dc:creator opf:role="ill">Painter</dc:creator>'
        '<dc:contributor opf:role="trl">Lator</dc:contributor>',
    )
    assert found.authors == ("Writer",)
    assert found.translators == ("Lator",)


def test_chapter_titles_come_from_the_nav_or_the_ncx(tmp_path: Path) -> None:
    ops = 'xmlns:epub="http://www.idpf.org/2007/ops"'
    nav = xhtml(
        f'<nav {ops} epub:type="toc"><ol><li><a href="c1.xhtml#top">From\n nav</a></li></ol></nav>'
        f'<nav {ops} epub:type="landmarks"><a href="c2.xhtml">Mark</a></nav>'
    )
    point = "<navPoint><navLabel><text>From ncx</text></navLabel><content src='c2.xhtml'/></navPoint>"
    ncx = f"<ncx><navMap>{point}</navMap></ncx>"
    book = make_epub(
        tmp_path / "book.epub",
        ["<p>a</p>", "<p>b</p>"],
        manifest='<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
        extra={"OEBPS/nav.xhtml": nav, "OEBPS/toc.ncx": ncx},
    )
    assert [d.title for d in package_of(book).documents] == ["From nav", "From ncx"]


def test_a_broken_table_of_contents_costs_titles_and_not_the_book(tmp_path: Path) -> None:
    book = make_epub(
        tmp_path / "book.epub",
        manifest='<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>',
        extra={"OEBPS/nav.xhtml": "<nav><a"},
    )
    assert [d.title for d in package_of(book).documents] == [None]


def test_the_reading_order_takes_each_document_once_and_warns_of_what_is_missing(tmp_path: Path) -> None:
    book = make_epub(
        tmp_path / "book.epub",
        ["<p>a</p>", "<p>b</p>"],
        manifest='<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="pic" href="p.jpg" media-type="image/jpeg"/>',
        spine='<itemref idref="c0"/><itemref idref="gone"/><itemref idref="nobody"/><itemref idref="pic"/>',
        extra={"OEBPS/p.jpg": b"\xff\xd8"},
    )
    package = package_of(book)
    assert [d.name for d in package.documents] == ["OEBPS/c1.xhtml", "OEBPS/c2.xhtml"]
    assert [w.rpartition(" ")[2] for w in package.warnings] == ["gone.xhtml", "nobody"]


def test_names_are_found_percent_encoded_composed_or_in_other_letter_case(tmp_path: Path) -> None:
    book = make_epub(
        tmp_path / "book.epub",
        manifest='<item id="a" href="my%20caf%C3%A9.XHTML" media-type="application/xhtml+xml"/>',
        spine='<itemref idref="a"/>',
        extra={"OEBPS/my cafe\u0301.xhtml": xhtml("<p>found</p>")},
    )
    assert package_of(book).documents[1].name == "OEBPS/my cafe\u0301.xhtml"


def test_a_package_with_a_bare_ampersand_is_read_all_the_same(tmp_path: Path) -> None:
    assert metadata_of(tmp_path, "<dc:title>Tom & Jerry</dc:title>").title.startswith("Tom")
