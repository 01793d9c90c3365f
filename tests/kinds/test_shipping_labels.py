"""Labels: barcodes that a scanner reads at a label printer's resolution, names in every script, bundles, copies."""

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
import zxingcpp

from service.kinds.shipping.carriers.port import Address, Purchase, Shipment
from service.kinds.shipping.printing.barcodes import PRINTER_DPI
from service.kinds.shipping.printing.bundles import write_merged, write_zip
from service.kinds.shipping.printing.fonts import FOLDER, runs_of, unprintable
from service.kinds.shipping.printing.labels import (
    Label,
    address_lines,
    label_pdf,
    pdf_of_carrier_label,
    routing_text,
)
from service.kinds.shipping.printing.shaping import as_printed
from service.kinds.shipping.sources import open_source
from service.kinds.shipping.tracked import HEADERS, tracked_name, write_tracked

HOME = Address("Shop", "1 Market Street", "San Francisco", "CA", "94105", "US")
NUMBER = "SBX12345678901231"


def label(number: str = NUMBER, **to: str) -> Label:
    there = {
        "name": "Ann Bell",
        "street1": "1 Elm Road",
        "city": "Austin",
        "state": "TX",
        "postal": "78701",
        "country": "US",
    }
    shipment = Shipment(HOME, Address(**(there | to)), 3.25, "ground", "1001", "Mug (2)")
    return Label(shipment, Purchase(number, 745, "ground", "sandbox", "sbx_1"))


def read_back(pdf: bytes) -> dict[str, str]:
    """Return what a scanner reads from the page as a 203 dpi printer prints it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=PRINTER_DPI / 72).to_pil().convert("1")
    finally:
        document.close()
    return {one.format.name: one.text for one in zxingcpp.read_barcodes(image)}


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].get_textpage().get_text_bounded()
    finally:
        document.close()


@pytest.mark.parametrize(
    "number", [NUMBER, "1Z999AA10123456784", "9400100208303109505657", "JD014600006228974212", "A1", "x" * 34]
)
def test_both_barcodes_are_read_back_at_203_dpi(number: str) -> None:
    one = label(number)

    assert read_back(label_pdf(one)) == {"Code128": number, "PDF417": routing_text(one)}


NAMES = [
    "Łukasz Żółć-Gęśla", "Nguyễn Thị Phượng Hằng", "山田 太郎", "王小明", "김철수", "Ольга Смирнова", "Ελένη Παππά",
    "שרה כהן", "ليلى حسن", "Siobhán O’Brien", "Zoë Martínez",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_print_in_their_own_script(name: str) -> None:
    pdf = label_pdf(label(name=name, street1="rue des Érables 12", city="Gdańsk"))

    assert unprintable(name) == ""
    assert "?" not in "".join(text for _, text in runs_of(name))
    assert read_back(pdf)["Code128"] == NUMBER
    if not any(unicode_is_right_to_left(one) for one in name):
        assert name in text_of(pdf).replace("\r", "")


def unicode_is_right_to_left(character: str) -> bool:
    return "\u0590" <= character <= "\u08ff"


def test_arabic_is_joined_and_runs_from_the_right() -> None:
    assert as_printed("ليلى حسن") == "\ufee6\ufeb4\ufea3 \ufef0\ufee0\ufef4\ufedf"
    assert as_printed("سلام") == "\ufee1\ufefc\ufeb3"  # lam and alef become one character
    assert as_printed("שרה כהן 12") == "12 ןהכ הרש"
    assert as_printed("Unit 4 حسن") == "Unit 4 \ufee6\ufeb4\ufea3"
    assert as_printed("plain") == "plain"


def test_a_character_that_no_font_has_is_named_and_never_a_box() -> None:
    assert unprintable("Ann 🎁 ครับ") == "🎁ครับ"
    assert "".join(text for _, text in runs_of("A🎁")) == "A?"


def test_long_lines_are_made_smaller_and_then_cut() -> None:
    pdf = label_pdf(label(name="Bartholomew " * 12, company="W" * 300))

    text = text_of(pdf)
    assert "…" in text
    assert read_back(pdf)["Code128"] == NUMBER


def test_a_sample_says_so_and_a_real_one_does_not() -> None:
    real = label()

    assert "SAMPLE" in text_of(label_pdf(real))
    assert "SAMPLE" not in text_of(label_pdf(Label(real.shipment, real.purchase, is_sample=False)))


def test_addresses_are_printed_in_the_order_of_their_country() -> None:
    german = Address("Uwe", "Weg 1", "Bonn", "", "53111", "DE")

    assert address_lines(german)[-2:] == ["53111 Bonn", "Germany"]
    assert address_lines(HOME)[-2:] == ["San Francisco CA 94105", "United States"]


def test_the_same_label_is_the_same_bytes() -> None:
    assert label_pdf(label()) == label_pdf(label())


def test_a_carrier_s_own_label_is_taken_as_pdf_or_put_on_a_page() -> None:
    from PIL import Image

    png = io.BytesIO()
    Image.new("L", (80, 120), 200).save(png, "PNG")

    assert pdf_of_carrier_label(b"%PDF-1.4 theirs") == b"%PDF-1.4 theirs"
    page = pypdfium2.PdfDocument(pdf_of_carrier_label(png.getvalue()))
    assert page[0].get_size() == (288, 432)
    page.close()
    with pytest.raises(ValueError, match="neither PDF nor PNG"):
        pdf_of_carrier_label(b"<html>gone</html>")


def test_bundles_hold_every_label_in_order(tmp_path: Path) -> None:
    paths = []
    for number in ("SBX1", "SBX2", "SBX3"):
        paths.append((f"{number}.pdf", tmp_path / f"{number}.pdf"))
        paths[-1][1].write_bytes(label_pdf(label(number)))
    zipped, merged = io.BytesIO(), io.BytesIO()

    write_zip(zipped, paths)
    pages = write_merged(merged, [path for _, path in paths])

    assert zipfile.ZipFile(zipped).namelist() == ["SBX1.pdf", "SBX2.pdf", "SBX3.pdf"]
    document = pypdfium2.PdfDocument(merged.getvalue())
    assert pages == len(document) == 3
    assert ["TRACKING # SBX2" in page.get_textpage().get_text_bounded() for page in document] == [
        False,
        True,
        False,
    ]
    document.close()


def test_the_copy_of_a_csv_keeps_its_format_and_cells(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes('id;name;note\r\n1;Zoë;"two\nlines"\r\n\r\n2;Bo;"=1+1"\r\n'.encode("cp1252"))
    target = tracked_name(open_source(source, "a.csv"), "a.csv", 2)
    out = io.BytesIO()

    write_tracked(out, source, "a.csv", target, {1: ("SBX1", "7.45", "ground", "bought")})

    rows = list(csv.reader(io.StringIO(out.getvalue().decode("cp1252"), newline=""), delimiter=";"))
    assert target.name == "a-tracked.csv"
    assert rows == [
        ["id", "name", "note", *HEADERS],
        ["1", "Zoë", "two\nlines", "SBX1", "7.45", "ground", "bought"],
        ["2", "Bo", "=1+1", "", "", "", ""],
    ]


def test_the_copy_of_a_workbook_keeps_its_formulas_and_formats(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["id", "zip", "sum"], [1, 2134, "=1+1"], [], [2, 7030, "=A2"]):
        sheet.append(row)
    sheet["B2"].number_format = "00000"
    book.save(tmp_path / "a.xlsx")
    target = tracked_name(open_source(tmp_path / "a.xlsx", "a.xlsx"), "a.xlsx", 2)
    out = io.BytesIO()

    write_tracked(out, tmp_path / "a.xlsx", "a.xlsx", target, {2: ("SBX2", "7.45", "ground", "bought")})

    copy = openpyxl.load_workbook(out).active
    assert target.name == "a-tracked.xlsx"
    assert [cell.value for cell in copy[1]] == ["id", "zip", "sum", *HEADERS]
    assert (copy["C2"].value, copy["B2"].number_format, copy["D2"].value) == ("=1+1", "00000", None)
    assert [cell.value for cell in copy[4]] == [2, 7030, "=A2", "SBX2", "7.45", "ground", "bought"]


def test_the_fonts_travel_with_their_licences() -> None:
    names = {path.name for path in FOLDER.iterdir()}

    assert {"LICENSE-DejaVu.txt", "LICENSE-DroidSansFallback.txt", "DroidSansFallback.ttf"} <= names
