"""Hundreds of sentences, each against a meaning that was written down apart from the parser, over several sheets."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.kinds.shipping.filters import compile_filter
from service.kinds.shipping.orders import OrderBook, column_names
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import NeedsClarification
from service.kinds.shipping.sentence.understanding import understand
from tests.kinds.shipping_questions import UNCLEAR
from tests.kinds.shipping_sentences import CLEAR, Is, row_of
from tests.kinds.shipping_sheets import EXAMPLE, SAMPLES, book_of, meant, needs_samples, order, write_csv


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderBook]:
    with book_of(tmp_path_factory.mktemp("many"), EXAMPLE) as made:
        yield made


@pytest.fixture(scope="module")
def sample_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderBook]:
    with book_of(tmp_path_factory.mktemp("samples"), SAMPLES / "orders.csv") as made:
        yield made


def rows_said(book: OrderBook, sentence: str) -> tuple[list[int], str | None]:
    """Return the rows that a sentence selects, and its service; raises NeedsClarification."""
    understood = understand(sentence, Known(book))
    found = book.select(*compile_filter(understood.filter, book.fields))
    return [one.row_number for one in found], understood.service


def rows_meant(sheet: Path, is_meant: Is) -> list[int]:
    """Return the rows of a sheet for which a person's own test holds."""
    with sheet.open(encoding="utf-8", newline="") as file:
        return [number for number, cells in enumerate(csv.DictReader(file), 1) if is_meant(row_of(cells))]


@needs_samples
@pytest.mark.parametrize(("sentence", "is_meant", "service"), CLEAR)
def test_a_clear_sentence_selects_the_rows_that_a_person_means(
    sample_book: OrderBook, sentence: str, is_meant: Is, service: str | None
) -> None:
    assert rows_said(sample_book, sentence) == (rows_meant(SAMPLES / "orders.csv", is_meant), service)


def test_no_sentence_selects_a_wrong_set_of_other_orders_and_few_are_asked_about(book: OrderBook) -> None:
    asked = []
    for sentence, is_meant, service in CLEAR:
        try:
            said = rows_said(book, sentence)
        except NeedsClarification:
            asked.append(sentence)
        else:
            assert said == (rows_meant(EXAMPLE, is_meant), service), sentence

    # These orders have other cities, names and numbers: what they do not have is asked about.
    assert len(asked) < len(CLEAR) / 3, asked


@pytest.mark.parametrize("sentence", UNCLEAR)
def test_what_could_be_two_sets_is_asked_about(book: OrderBook, sentence: str) -> None:
    with pytest.raises(NeedsClarification) as caught:
        understand(sentence, Known(book))

    assert caught.value.question


SHOP = [
    {"Order #": "A-100", "Order Date": "2026-01-05", "Recipient": "Al Green", "Address": "1 Oak St", "City": "Reno",
     "State": "NV", "Zip": "89501", "Country": "US", "Weight (oz)": "16", "SKU": "AB-1", "Quantity": "1",
     "Shipping Cost": "5.00", "Discount": "0", "Order Total": "20", "Gift": "yes", "Customer Notes": "call"},
    {"Order #": "A-101", "Order Date": "2026-01-31", "Recipient": "Bea Stone", "Address": "2 Oak St", "City": "Austin",
     "State": "TX", "Zip": "78701", "Country": "US", "Weight (oz)": "40", "SKU": "AB-2", "Quantity": "4",
     "Shipping Cost": "9.00", "Discount": "10", "Order Total": "60", "Gift": "no", "Customer Notes": ""},
    {"Order #": "100", "Order Date": "2026-02-01", "Recipient": "Cy Young", "Address": "3 Oak St", "City": "Miami",
     "State": "FL", "Zip": "33101", "Country": "US", "Weight (oz)": "80", "SKU": "XY-1", "Quantity": "3",
     "Shipping Cost": "12.50", "Discount": "5", "Order Total": "120", "Gift": "no", "Customer Notes": "fragile"},
    {"Order #": "0100", "Order Date": "", "Recipient": "Di Moss", "Address": "4 Oak St", "City": "Salem",
     "State": "OR", "Zip": "97301", "Country": "US", "Weight (oz)": "", "SKU": "XY-1", "Quantity": "2",
     "Shipping Cost": "7.00", "Discount": "", "Order Total": "", "Gift": "", "Customer Notes": ""},
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderBook]:
    folder = tmp_path_factory.mktemp("shop")
    with book_of(folder, write_csv(folder / "shop.csv", SHOP)) as made:
        yield made


@pytest.mark.parametrize(
    ("sentence", "rows"),
    [
        ("ship orders over 40 oz", [3]),
        ("ship orders with a weight of at least 2 lb 8 oz", [2, 3]),
        ("ship orders with shipping cost under $6", [1]),
        ("ship orders with a shipping cost over $8", [2, 3]),
        ("ship orders whose shipping cost is at least $9", [2, 3]),
        ("ship orders with discount over $5", [2]),
        ("ship orders with quantity between 2 and 3", [3, 4]),
        ("ship orders with quantity 3 or more", [2, 3]),
        ("ship orders whose quantity is 3", [3]),
        ("ship orders with SKU AB-1", [1]),
        ("ship orders where gift is yes", [1]),
        ("ship orders whose notes contain fragile", [3]),
        ("ship orders without notes", [2, 4]),
        ("ship orders placed by 2026-01-31", [1, 2]),
        ("ship orders placed on 1/31/2026", [2]),
        ("ship order 100", [3]),
        ("ship order 0100", [4]),
        ("ship orders over $50 and under 50 oz", [2]),
    ],
)
def test_columns_of_the_sheets_own_are_compared_and_never_taken_for_the_total(
    shop: OrderBook, sentence: str, rows: list[int]
) -> None:
    assert rows_said(shop, sentence)[0] == rows


@pytest.mark.parametrize(
    "sentence",
    [
        "ship orders with a discount", "ship orders without a discount", "ship orders with a gift",
        "ship orders with weight over 40", "ship orders where weight is under 20", "ship orders by 2026-01-31",
        "ship orders by January 31, 2026", "ship all orders on 2026-01-31", "ship orders with quantity over 5 lb",
        "ship unshipped orders", "ship orders with tax over $5",
    ],
)  # fmt: skip
def test_what_the_columns_do_not_settle_is_asked_about(shop: OrderBook, sentence: str) -> None:
    with pytest.raises(NeedsClarification):
        understand(sentence, Known(shop))


def test_a_large_sheet_is_looked_up_by_indexes_and_means_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.kinds.shipping.sentence.known.INDEXED_ROWS", 1)

    with book_of(tmp_path, EXAMPLE) as book:
        said = meant(book, "ship orders for Tom Hale or June Albright by ground")
        key = column_names(book.positions["name"])[1]
        plan = book.query(f"EXPLAIN QUERY PLAN SELECT 1 FROM orders WHERE {key} = 'x'")
        steps = " ".join(str(step[3]) for step in plan)

    assert said == (["2001", "2010"], "ground")
    assert "USING COVERING INDEX" in steps


def test_a_code_of_a_state_is_no_politeness(tmp_path: Path) -> None:
    orders = [order(order_id="1", state="HI", city="Hilo", postal="96720"), order(order_id="2")]

    with book_of(tmp_path, write_csv(tmp_path / "a.csv", orders)) as book:
        assert meant(book, "HI orders by ground") == (["1"], "ground")
        assert meant(book, "Hi, ship all orders by ground") == (["1", "2"], "ground")


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("ship orders 2001-2005, not 2003", ["2001", "2002", "2004", "2005"]),
        ("ship non-domestic orders", ["2012", "2014", "2015"]),
        ("ship orders that aren't domestic over 5 lb", ["2012", "2015"]),
        ("ship non international orders under 1 lb", ["2019"]),
        ("ship Texas, Florida, Oregon orders", ["2003", "2004", "2007", "2011", "2018", "2019"]),
    ],
)
def test_a_not_and_a_list_reach_as_far_as_a_person_means(
    book: OrderBook, sentence: str, numbers: list[str]
) -> None:
    assert meant(book, sentence)[0] == numbers


def test_a_company_whose_name_ends_like_a_possessive_is_found(tmp_path: Path) -> None:
    orders = [order(order_id="1", company="Wendy's"), order(order_id="2", name="Ann Bell")]

    with book_of(tmp_path, write_csv(tmp_path / "a.csv", orders)) as book:
        assert meant(book, "ship orders for Wendy's")[0] == ["1"]


def test_a_state_with_its_country_is_no_city(tmp_path: Path) -> None:
    orders = [order(order_id="1"), order(order_id="2", city="New York", state="NY"),
              order(order_id="3", city="Albany", state="NY")]  # fmt: skip

    with book_of(tmp_path, write_csv(tmp_path / "a.csv", orders)) as book:
        assert meant(book, "ship orders to Texas, USA")[0] == ["1"]
        with pytest.raises(NeedsClarification):
            meant(book, "ship orders to New York, USA")  # the city, or the whole state
