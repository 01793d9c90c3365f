"""Books built to hurt, and books that are merely broken: each has its code, none is read further than needed."""

import struct
from pathlib import Path

import pytest

from service.kinds.epub import book as book_module
from service.kinds.epub import tag_soup
from service.kinds.epub.archive import Archive, ArchiveLimits
from service.kinds.epub.book import open_book
from service.kinds.epub.codes import REMEDIATION
from service.kinds.epub.safe_xml import parse
from service.kinds.epub.text import read_document
from service.kinds.epub.tokenizers import TokenizerSet
from service.model.errors import JobError
from tests.kinds.epub_files import (
    CONTAINER,
    damage_entry,
    encryption_xml,
    make_epub,
    make_zip,
    package,
    set_flag,
    xhtml,
)


def code_of(path: Path) -> str:
    with pytest.raises(JobError) as failure, open_book(path, 200) as book:
        list(book.count_chapters(TokenizerSet([])))
    assert failure.value.code in REMEDIATION
    return failure.value.code


def words_of(path: Path) -> int:
    with open_book(path, 200) as book:
        return sum(chapter.word_count for chapter, _ in book.count_chapters(TokenizerSet([])))


def outcome_of(path: Path) -> int | str:
    try:
        return words_of(path)
    except JobError as error:
        return error.code


def test_an_empty_file_and_a_file_that_is_no_archive_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.epub"
    for content, code in (
        (b"", "epub_empty"),
        (b"%PDF-1.7", "epub_not_a_zip"),
        (b"PK\x03\x04abc", "epub_truncated"),
    ):
        path.write_bytes(content)
        assert code_of(path) == code


def test_a_book_cut_anywhere_is_refused_by_name(tmp_path: Path) -> None:
    content = make_epub(tmp_path / "whole.epub").read_bytes()
    cut = tmp_path / "cut.epub"
    for length in range(1, len(content), 37):
        cut.write_bytes(content[:length])
        assert code_of(cut) in {"epub_truncated", "epub_not_a_zip", "epub_corrupt"}


def test_every_single_damaged_byte_gives_a_named_code_or_the_same_book(tmp_path: Path) -> None:
    content = make_epub(tmp_path / "whole.epub").read_bytes()
    path = tmp_path / "damaged.epub"
    for at in range(0, len(content), 3):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        assert outcome_of(path) in {3, *REMEDIATION}


def test_bit_rot_in_the_packed_bytes_and_in_the_checksum_is_corrupt(tmp_path: Path) -> None:
    body = "<p>" + "many words " * 200 + "</p>"
    assert code_of(damage_entry(make_epub(tmp_path / "a.epub", [body]), "OEBPS/c1.xhtml")) == "epub_corrupt"
    rotten = damage_entry(make_epub(tmp_path / "b.epub", [body]), "OEBPS/c1.xhtml", only_crc=True)
    assert code_of(rotten) == "epub_corrupt"


def test_a_bomb_is_refused_from_the_directory_alone(tmp_path: Path) -> None:
    bomb = make_epub(tmp_path / "bomb.epub", extra={"OEBPS/zero.bin": bytes(8 * 1024 * 1024)})
    damage_entry(bomb, "OEBPS/zero.bin")  # inflating it would give epub_corrupt
    assert code_of(bomb) == "epub_bomb"


@pytest.mark.parametrize(
    "limits",
    [ArchiveLimits(entries=4), ArchiveLimits(total_bytes=1000), ArchiveLimits(directory_bytes=100)],
    ids=["entries", "total", "directory"],
)
def test_an_archive_over_any_limit_is_a_bomb(tmp_path: Path, limits: ArchiveLimits) -> None:
    book = make_epub(tmp_path / "book.epub", ["<p>a</p>"] * 5)
    with pytest.raises(JobError) as failure:
        Archive(book, limits)
    assert failure.value.code == "epub_bomb"


def test_a_directory_that_claims_more_entries_than_allowed_is_not_even_opened(tmp_path: Path) -> None:
    book = make_epub(tmp_path / "book.epub")
    content = bytearray(book.read_bytes())
    struct.pack_into("<HH", content, content.rindex(b"PK\x05\x06") + 8, 60_000, 60_000)
    book.write_bytes(content)
    assert code_of(book) == "epub_bomb"


def test_equal_twins_are_harmless_and_different_ones_refused(tmp_path: Path) -> None:
    entries: list[tuple[str, str | bytes]] = [
        ("META-INF/container.xml", CONTAINER),
        ("OEBPS/book.opf", package(["c1.xhtml"])),
        ("OEBPS/c1.xhtml", xhtml("<p>one</p>")),
    ]
    twins = make_zip(tmp_path / "twins.epub", [*entries, entries[-1]])
    assert words_of(twins) == 1
    liars = make_zip(tmp_path / "liars.epub", [*entries, ("OEBPS/c1.xhtml", xhtml("<p>one two</p>"))])
    assert code_of(liars) == "epub_duplicate_entry"


def test_text_above_the_limits_of_a_document_and_of_a_book_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_epub(tmp_path / "book.epub", ["<p>a</p>", "<p>b</p>"])
    monkeypatch.setattr(book_module, "MAX_DOCUMENT_BYTES", 100)
    assert code_of(book) == "epub_too_large"
    monkeypatch.undo()
    monkeypatch.setattr(book_module, "MAX_BOOK_TEXT_BYTES", 200)
    assert code_of(book) == "epub_too_large"
    monkeypatch.undo()
    monkeypatch.setattr(tag_soup, "MAX_SOUP_BYTES", 100)
    assert words_of(book) == 2
    assert code_of(make_epub(book, ["<p>&nbsp;unclosed"])) == "epub_too_large"


def test_names_that_climb_out_are_neither_written_nor_followed(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    (tmp_path / "secret.xhtml").write_text(xhtml("<p>secret</p>"))
    book = make_epub(
        folder / "book.epub",
        manifest=(
            '<item id="up" href="../../../secret.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="abs" href="/etc/passwd" media-type="application/xhtml+xml"/>'
            '<item id="web" href="file:///etc/passwd" media-type="application/xhtml+xml"/>'
        ),
        spine='<itemref idref="up"/><itemref idref="abs"/><itemref idref="web"/>',
        extra={"../../secret.xhtml": xhtml("<p>evil twin</p>")},
    )
    before = sorted(tmp_path.rglob("*"))
    with open_book(book, 200) as opened:
        assert [d.name for d in opened.package.documents] == ["OEBPS/c1.xhtml"]
        assert len(opened.package.warnings) == 3
    assert words_of(book) == 3
    assert sorted(tmp_path.rglob("*")) == before


def test_a_password_and_a_lock_on_text_are_encrypted_but_obfuscated_fonts_are_not(tmp_path: Path) -> None:
    assert code_of(set_flag(make_epub(tmp_path / "password.epub"), "OEBPS/c1.xhtml", 0x1)) == "epub_encrypted"
    aes = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    name = "META-INF/encryption.xml"
    locked = make_epub(tmp_path / "drm.epub", extra={name: encryption_xml("OEBPS/c1.xhtml", aes)})
    assert code_of(locked) == "epub_encrypted"
    video = make_epub(tmp_path / "video.epub", extra={name: encryption_xml("OEBPS/film.mp4", aes)})
    assert words_of(video) == 3
    for font in ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"):
        fonts = make_epub(tmp_path / "fonts.epub", extra={name: encryption_xml("OEBPS/a.woff", font)})
        assert words_of(fonts) == 3


def test_what_is_no_book_inside_is_invalid(tmp_path: Path) -> None:
    path = tmp_path / "x.epub"
    assert code_of(make_zip(path, [("readme.txt", "hello")])) == "epub_invalid"
    assert code_of(make_zip(path, [("META-INF/container.xml", CONTAINER)])) == "epub_invalid"
    assert code_of(make_zip(path, [("META-INF/container.xml", b"\x00\xff")])) == "epub_invalid"
    empty = [("META-INF/container.xml", CONTAINER), ("OEBPS/book.opf", package([]))]
    assert code_of(make_zip(path, empty)) == "epub_invalid"


def laughs(levels: int) -> str:
    entities = "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "lol"}{f"&l{n - 1};" * 9 if n else ""}">'
        for n in range(levels)
    )
    return xhtml(f"<p>&l{levels - 1};</p>", doctype=f"<!DOCTYPE html [{entities}]>")


@pytest.mark.parametrize("levels", [2, 5, 10, 30])
def test_entities_made_of_entities_are_refused_however_few(tmp_path: Path, levels: int) -> None:
    assert code_of(make_epub(tmp_path / "lol.epub", documents=[laughs(levels)])) == "epub_bomb"


def test_one_long_entity_used_often_is_refused() -> None:
    document = xhtml("<p>" + "&x;" * 10_000 + "</p>", doctype=f'<!DOCTYPE html [<!ENTITY x "{"y" * 990}">]>')
    with pytest.raises(JobError) as failure:
        read_document(document.encode())
    assert failure.value.code == "epub_bomb"


def test_nothing_of_an_external_entity_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    for declaration in (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]>',
        f'<!DOCTYPE html [<!ENTITY % d SYSTEM "{secret.as_uri()}"> %d;]>',
        f'<!DOCTYPE html SYSTEM "{secret.as_uri()}">',
    ):
        document = read_document(xhtml("<p>seen &x; end</p>", doctype=declaration).encode())
        assert "TOPSECRET" not in document.text + document.markdown
        assert "seen" in document.text


def test_entities_of_the_book_and_of_html_are_read_in_strict_xml() -> None:
    own = xhtml("<p>A&nbsp;B &me;</p>", doctype='<!DOCTYPE html [<!ENTITY nbsp "&#160;"><!ENTITY me "Ada">]>')
    assert read_document(own.encode()).text == "A\xa0B Ada"
    public = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
    )
    assert read_document(xhtml("<p>A&nbsp;B&mdash;C</p>", doctype=public).encode()).text == "A\xa0B—C"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 5_000 + "x" + "</div>" * 5_000,
        "&nbsp;" + "<div>" * 200_000 + "x",
        "&nbsp;" + "".join(f"<b id='{n}'>" for n in range(500)) + "<p>x" * 50_000,
    ],
    ids=["strict", "soup", "formatting"],
)
def test_nesting_without_end_is_refused(body: str) -> None:
    with pytest.raises(JobError) as failure:
        read_document(xhtml(body).encode())
    assert failure.value.code == "epub_bomb"


@pytest.mark.parametrize(
    "body",
    [
        "<" * 300_000,
        "<a" * 300_000,
        "<a " + "b" * 1_000_000,
        "<" + "a" * 1_000_000,
        "&" * 300_000,
        "<a   " * 200_000,
    ],
    ids=["angles", "tags", "attributes", "name", "ampersands", "spaces"],
)
def test_soup_of_any_kind_is_read_in_linear_time(body: str) -> None:
    # a quadratic pattern would run into the time limit of the suite
    assert read_document(xhtml(body).encode()) is not None


def test_a_parser_in_recover_mode_refuses_the_same_attacks() -> None:
    with pytest.raises(JobError):
        parse(laughs(10).encode(), recover=True)
