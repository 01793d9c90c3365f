"""Files that are no sheets, or worse: each has its own code, and none hangs or fills the memory."""

import random
import zlib
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from service.kinds.heatsheets.codes import REMEDIATION
from service.kinds.heatsheets.hy3 import parse_hy3
from service.kinds.heatsheets.kind import HeatsheetsKind
from service.kinds.heatsheets.parse import parse_pdf
from service.kinds.heatsheets.pdf_text import PdfLimits
from service.kinds.testing import run_kind
from service.model.errors import JobError
from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, print_sheet

MIB = 1024 * 1024
EVENTS = [
    SwimEvent(1, "Girls 9-10 50 Yard Freestyle", (Heat((Entry(1, "Li, Ann", 9, "UT"),), 1, "09:00 AM"),))
]


def pdf_with(path: Path, *objects: bytes) -> Path:
    """Write a PDF of numbered objects with a right cross-reference table; object 1 is the catalogue."""
    out = b"%PDF-1.5\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    path.write_bytes(out)
    return path


def stream(plain: bytes, extra: bytes = b"", *, layers: int = 1) -> bytes:
    packed = plain
    for _ in range(layers):
        packed = zlib.compress(packed, 9)
    names = b"[" + b"/FlateDecode " * layers + b"]"
    return b"<</Length %d/Filter %s%s>>\nstream\n%s\nendstream" % (len(packed), names, extra, packed)


PAGES = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
)


def code_of(path: Path, **limits: int) -> str:
    with pytest.raises(JobError) as caught:
        parse_pdf(path, limits=PdfLimits(**limits))
    return caught.value.code


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.touch()
    assert code_of(path) == "pdf_empty"


@pytest.mark.parametrize(
    "content",
    [b"Heat 1 of 3\n1 Li, Ann 9 UT 30.00\n", b"\x89PNG\r\n\x1a\n" + bytes(100), b"<html>404</html>"],
)
def test_another_sort_of_file_named_pdf_is_not_a_pdf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    assert code_of(path) == "not_a_pdf"


def test_garbage_behind_a_right_beginning_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    assert code_of(path) == "pdf_corrupt"


def test_half_a_sheet_is_corrupt_or_read_but_never_an_empty_success(tmp_path: Path) -> None:
    whole = print_sheet(tmp_path / "whole.pdf", Meet(), EVENTS).read_bytes()
    path = tmp_path / "half.pdf"
    for share in range(1, 10):
        path.write_bytes(whole[: len(whole) * share // 10])
        assert code_of(path) in {"pdf_corrupt", "needs_ocr", "unrecognised_layout"}


def test_a_pdf_with_a_password_is_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    canvas = Canvas(str(path), encrypt=StandardEncryption("open", "own", canPrint=1))
    canvas.drawString(72, 720, "Heat 1 of 3")
    canvas.save()
    assert code_of(path) == "pdf_encrypted"


def test_a_pdf_that_anybody_may_open_is_read_though_its_streams_are_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "open.pdf"
    canvas = Canvas(str(path), encrypt=StandardEncryption("", "own", canPrint=1))
    for n, line in enumerate(("Event 1 Girls 9-10 50 Yard Freestyle", "Heat 1 of 1", "1 Li, Ann 9 UT 31.00")):
        canvas.drawString(72, 720 - 12 * n, line)
    canvas.save()
    assert [row.name for row in parse_pdf(path).rows] == ["Li, Ann"]


def test_two_thousand_pages_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    canvas = Canvas(str(path))
    for _ in range(2000):
        canvas.showPage()
    canvas.save()
    assert code_of(path) == "pdf_too_many_pages"


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(
    "kind", [b"", b"/Type/ObjStm/N 1/First 4", b"/Type/ObjStm/N 1/First 4/Subtype/Image"]
)
def test_a_bomb_in_any_stream_is_refused_before_it_is_opened(
    tmp_path: Path, kind: bytes, layers: int
) -> None:
    bomb = stream(b"0 " * (40 * MIB), kind, layers=layers)
    path = pdf_with(tmp_path / "bomb.pdf", *PAGES, stream(b"BT ET"), bomb)
    assert path.stat().st_size < MIB
    assert code_of(path) == "pdf_bomb"


def test_many_small_bombs_are_one_large_bomb(tmp_path: Path) -> None:
    bombs = [stream(b"0 " * (8 * MIB)) for _ in range(20)]
    assert code_of(pdf_with(tmp_path / "bombs.pdf", *PAGES, stream(b"BT ET"), *bombs)) == "pdf_bomb"


def test_a_page_with_more_letters_than_any_sheet_is_too_complex(tmp_path: Path) -> None:
    path = tmp_path / "dense.pdf"
    canvas = Canvas(str(path))
    for n in range(40):
        canvas.drawString(10, 20 + 12 * n, "many letters")
    canvas.save()
    assert code_of(path, letters_a_page=200) == "pdf_too_complex"


def test_pages_without_text_need_ocr(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    canvas = Canvas(str(path))
    canvas.rect(100, 100, 300, 300, fill=1)
    canvas.save()
    assert code_of(path) == "needs_ocr"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_seen(tmp_path: Path, turn: int) -> None:
    path = tmp_path / "turned.pdf"
    lines = (
        "Event 1 Girls 9-10 50 Yard Freestyle",
        "Heat 1 of 1",
        "1 Li, Ann 9 UT 31.00",
        "2 Ng, Bo 9 UT 32.00",
    )
    canvas = Canvas(str(path), pagesize=(612, 792))
    canvas.setPageRotation(turn)
    seen_height = 612 if turn in (90, 270) else 792
    move = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, 612, 0),
        180: (-1, 0, 0, -1, 612, 792),
        270: (0, -1, 1, 0, 0, 792),
    }
    canvas.transform(*move[turn])
    for n, line in enumerate(lines):
        canvas.drawString(72, seen_height - 72 - 14 * n, line)
    canvas.save()
    assert [(row.lane, row.name) for row in parse_pdf(path).rows] == [(1, "Li, Ann"), (2, "Ng, Bo")]


def test_text_inside_a_form_is_read_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path))
    canvas.beginForm("rows")
    canvas.drawString(0, 0, "1 Li, Ann 9 UT 31.00")
    canvas.endForm()
    canvas.drawString(72, 720, "Event 1 Girls 9-10 50 Yard Freestyle")
    canvas.drawString(72, 708, "Heat 1 of 1")
    canvas.translate(72, 696)
    canvas.doForm("rows")
    canvas.save()
    assert [row.name for row in parse_pdf(path).rows] == ["Li, Ann"]


@pytest.mark.parametrize("content", [b"", b"A1", b"not a hy3", b"A1\nE1M 12\nF3\nE2F\n", b"\xff\xfe" * 50])
def test_a_broken_hy3_is_corrupt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.hy3"
    path.write_bytes(content)
    with pytest.raises(JobError) as caught:
        parse_hy3(path)
    assert caught.value.code == "hy3_corrupt"


def test_a_failed_job_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 720, "Minutes of the board: the pool will be painted.")
    canvas.save()
    with pytest.raises(JobError) as caught:
        run_kind(HeatsheetsKind(), tmp_path / "job", args={"swimmer": "Ann Li"}, files=[path])
    assert caught.value.code == "unrecognised_layout"
    assert caught.value.remediation == REMEDIATION["unrecognised_layout"]


@pytest.mark.parametrize(
    "line", ["Women " + "1 free " * 20_000, "1) " * 40_000, "Event " + "(" * 60_000, "1 " + "a 9 " * 30_000]
)
@pytest.mark.timeout(100)
def test_a_line_made_to_slow_patterns_down_is_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "slow.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(1, 720, "Event 1 Girls 9-10 50 Yard Freestyle")
    canvas.drawString(1, 700, line)
    canvas.save()
    assert code_of(path) == "unrecognised_layout"


def test_a_sheet_with_any_byte_wrong_is_read_or_refused_by_name(tmp_path: Path) -> None:
    whole = bytearray(print_sheet(tmp_path / "whole.pdf", Meet(columns=2), EVENTS).read_bytes())
    path = tmp_path / "wrong.pdf"
    chance = random.Random(20250517)
    codes = set()
    for _ in range(300):
        wrong = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            wrong[chance.randrange(len(wrong))] = chance.randrange(256)
        path.write_bytes(wrong)
        try:
            assert parse_pdf(path).rows
        except JobError as error:
            codes.add(error.code)
    assert codes <= set(REMEDIATION)
