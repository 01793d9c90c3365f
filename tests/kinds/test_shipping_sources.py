"""Sheets of orders in every format that shops and spreadsheets write, and those that are refused with a reason."""

import datetime
import json
from pathlib import Path

import openpyxl
import pytest

from service.kinds.shipping.amounts import read_money, read_number, read_weight, uses_decimal_comma
from service.kinds.shipping.folding import fold
from service.kinds.shipping.mapping import map_columns
from service.kinds.shipping.orders import is_day_first, read_date
from service.kinds.shipping.sources import open_source, unique_headers
from service.model.errors import JobError
from tests.kinds.shipping_sheets import EXAMPLE, SAMPLES, book_of, needs_samples, order, write_csv

PLAIN = (
    "order_id,name,address1,city,state,postal,country,weight\r\n1,Zoë Ümlaut,1 Rd,Bonn,NY,02134,US,4.2\r\n"
)


def first(book_path: Path, source: Path, name: str | None = None) -> dict[str, str]:
    with book_of(book_path, source, name) as book:
        return dict(next(book.select()).texts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_is_read_whatever_its_encoding_and_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    (tmp_path / "a.csv").write_bytes(PLAIN.replace(",", delimiter).encode(encoding))

    texts = first(tmp_path, tmp_path / "a.csv")

    assert (texts["name"], texts["postal"], texts["weight"]) == ("Zoë Ümlaut", "02134", "4.2")


def test_a_quoted_cell_keeps_its_line_break_its_quotes_and_its_equals_sign(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [order(notes='Ring twice\nthen "wait"', company="=1+1")])

    texts = first(tmp_path, path)

    assert (texts["notes"], texts["company"]) == ('Ring twice\nthen "wait"', "=1+1")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "source_empty"),
        (b"name,address1,city,state,postal,country,weight\n", "source_empty"),
        (b"\x00\x01\x02\x00binary", "source_not_text"),
        (b'name,address1,city,state,postal,country,weight\n"never closed,1,2,3,4,5,6\n', "source_invalid"),
        (b'name,address1,city,state,postal,country,weight\na,"b"c,2,3,4,5,6\n', "source_invalid"),
        (b"name,address1,city,state,postal,country,weight\na,b,c,d,e,f,1,too many\n", "source_invalid"),
        (b"name,address1\na,b\n", "columns_missing"),
        (b"PK\x03\x04 is no workbook", "source_invalid"),
        (b"name," * 300 + b"\n", "too_many_columns"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(JobError) as caught:
        book_of(tmp_path, tmp_path / "a.csv").close()

    assert caught.value.code == code
    assert caught.value.remediation


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["Order ID", "Name", "Address 1", "City", "State", "Zip", "Country", "Weight (kg)", "Total", "Date"]
    )
    sheet.append([1001, "Ann", "1 Rd", "Boston", "MA", 2134, "US", 2.5, 1250.1, datetime.date(2026, 1, 31)])
    sheet.cell(2, 6).number_format = "00000"
    sheet.append([])
    sheet.append([1002.0, "Bo", "2 Rd", "Keene", "NH", "03431", "US", 0.1 + 0.2, True, None])
    book.save(tmp_path / "a.xlsx")

    with book_of(tmp_path, tmp_path / "a.xlsx") as orders:
        one, two = orders.select()

    assert (one.texts["order_id"], one.texts["postal"], one.texts["date"]) == ("1001", "02134", "2026-01-31")
    assert (two.texts["order_id"], two.texts["postal"], two.texts["weight"]) == ("1002", "03431", "0.3")
    assert one.numbers["weight"] == pytest.approx(5.5115565)
    assert orders.notes == ("1 ZIP codes had lost a leading zero; it was put back.",)


def test_json_keeps_numbers_as_they_are_written(tmp_path: Path) -> None:
    rows = json.dumps([order(), order(name="Bo")]).replace('"2"', "2.50")
    (tmp_path / "a.json").write_text(f'{{"orders": {rows}}}')

    with book_of(tmp_path, tmp_path / "a.json") as book:
        assert [one.texts["weight"] for one in book.select()] == ["2.50", "2.50"]


def test_json_lines_may_have_nested_addresses(tmp_path: Path) -> None:
    address = {"address1": "1 Rd", "city": "Bonn", "state": "NY", "postal": "02134", "country": "US"}
    (tmp_path / "a.jsonl").write_text(json.dumps({"name": "Ann", "weight": 1, "shipping": address}) + "\n")

    assert first(tmp_path, tmp_path / "a.jsonl")["postal"] == "02134"


@pytest.mark.parametrize("text", ["nothing", '{"a": 1}', "[1, 2]", "[" * 100_000])
def test_json_that_holds_no_orders_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)

    with pytest.raises(JobError) as caught:
        open_source(tmp_path / "a.json", "a.json").rows.__next__()

    assert caught.value.code == "source_invalid"


@pytest.mark.parametrize(
    ("text", "comma", "number"),
    [
        ("50", False, 50), ("1,250.00", False, 1250), ("1,250", False, 1250), ("1,250", True, 1.25),
        ("4,2", False, 4.2),
        ("1.250,50", False, 1250.5), ("1.250", False, 1.25), ("1.250", True, 1250), ("1 250,5", False, 1250.5),
        (".5", False, 0.5), ("-3", False, -3), ("1e3", False, None), ("12 34", False, None), ("", False, None),
        ("five", False, None), ("1,2,3", False, None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_column_writes_them(text: str, comma: bool, number: float | None) -> None:
    assert read_number(text, comma_is_decimal=comma) == number


def test_a_column_shows_its_decimal_mark() -> None:
    assert uses_decimal_comma(["1,250", "4,2"])
    assert not uses_decimal_comma(["1,250", "1,250.00"])
    assert not uses_decimal_comma(["1,250", "3"])


def test_weights_and_amounts_carry_their_units() -> None:
    assert read_weight("16 oz") == 1
    assert read_weight("2.5 lbs") == 2.5
    assert read_weight("1", unit="kg") == pytest.approx(2.2046226)
    assert read_weight("3 stone") is None
    assert read_money("$1,250.00") == 1250
    assert read_money("99 USD") == 99


def test_dates_need_one_reading() -> None:
    assert is_day_first(["01/02/2026", "31/01/2026"]) is True
    assert is_day_first(["1/31/2026"]) is False
    assert read_date("31/01/2026", day_first=True) == "2026-01-31"
    assert read_date("01/02/2026", day_first=None) is None
    assert read_date("2026-01-31T10:00:00Z", day_first=None) == "2026-01-31"


def test_columns_are_found_by_many_names_and_can_be_chosen() -> None:
    headers = unique_headers(
        ["Order #", "Ship To Name", "Street", "Town", "State", "ZIP Code", "Country", "Wt (oz)", "SKU x"]
    )

    fields = {field.name: field for field in map_columns(headers, {"items": "SKU x", "order_id": "Order #"})}

    assert fields["postal"].header == "ZIP Code"
    assert (fields["weight"].header, fields["weight"].unit) == ("Wt (oz)", "oz")
    assert fields["items"].header == "SKU x"


@pytest.mark.parametrize("mapping", [{"nose": "name"}, {"name": "nowhere"}, {"name": "city", "city": "city"}])
def test_a_wrong_mapping_is_refused(tmp_path: Path, mapping: dict[str, str]) -> None:
    path = write_csv(tmp_path / "a.csv", [order()])

    with pytest.raises(JobError) as caught:
        book_of(tmp_path, path, mapping=mapping).close()

    assert caught.value.code == "mapping_invalid"


def test_a_shipping_address_goes_before_any_other() -> None:
    headers = ["Name", "Billing Name", "Shipping Name", "Billing Zip", "Shipping Zip", "Shipping Address1",
               "Shipping City", "Shipping Province", "Shipping Country", "Weight"]  # fmt: skip

    fields = {field.name: field.header for field in map_columns(headers)}

    assert (fields["name"], fields["postal"], fields["state"]) == (
        "Shipping Name",
        "Shipping Zip",
        "Shipping Province",
    )


def test_headers_that_are_empty_or_twice_get_names() -> None:
    assert unique_headers(["name", "", "name", "name"]) == ("name", "column 2", "name (2)", "name (3)")


def test_folding_drops_case_and_latin_accents_but_keeps_other_letters() -> None:
    assert fold("  MONTRÉAL\n Łódź ") == "montreal lodz"
    assert fold("Йод") != fold("Иод")


def test_many_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    import tracemalloc

    header = ",".join(order())
    row = ",".join(order().values())
    (tmp_path / "a.csv").write_text(header + "\n" + (row + "\n") * 8_000)
    tracemalloc.start()
    try:
        with book_of(tmp_path, tmp_path / "a.csv") as book:
            count = sum(1 for _ in book.select())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 8_000
    assert peak < 9_000_000  # the rows themselves, as objects, would be more than 16 MB


def test_the_example_is_read_whole(tmp_path: Path) -> None:
    with book_of(tmp_path, EXAMPLE) as book:
        assert book.count == 20


@needs_samples
@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx"])
def test_the_sample_reads_alike_from_text_and_workbook(tmp_path: Path, name: str) -> None:
    with book_of(tmp_path, SAMPLES / name) as book:
        orders = list(book.select())

    by_id = {one.texts["order_id"]: one for one in orders}
    assert len(orders) == 62
    assert (by_id["1009"].texts["postal"], by_id["1013"].texts["postal"]) == ("02134", "07030")
    assert by_id["1006"].numbers["total"] == 1250
    assert by_id["1007"].keys["state"] == "TX"
    assert by_id["1046"].keys["state"] == "CA"
    assert by_id["1057"].keys["country"] == "GB"
