"""Filters select what they say: the SQL and the same said in Python agree on any tree over any orders."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.kinds.shipping.filters import OPS_BY_TYPE, compile_filter, selects
from service.kinds.shipping.orders import OrderBook
from service.kinds.shipping.wording import explain, said
from service.model.errors import JobError
from tests.kinds.shipping_sheets import book_of, order, selected, write_csv

ORDERS = [
    order(order_id="1", weight_lb="50", total_usd="1,250.00", company="Acme; Sons"),
    order(
        order_id="2", weight_lb="", total_usd="", company="", city="Montréal", state="QC", country="Canada"
    ),
    order(order_id="3", weight_lb="50.01", total_usd="30", state="Texas", name="Ann's 100% _cotton"),
    order(order_id="4", weight_lb="4.999", total_usd="29.99", state="", country="UK", city="LONDON"),
    order(order_id="#5", weight_lb="heavy", total_usd="$0", state="zz", company="acme"),
    order(order_id="", weight_lb="5", total_usd="200", name="山田 太郎", country=""),
]
TEXTS = [
    "acme",
    "Acme; Sons",
    "ann",
    "%",
    "_",
    "'",
    "montreal",
    "Montréal",
    "1",
    "#5",
    "TX",
    "texas",
    "US",
    "ca",
    "山田 太郎",
    "é",
]
NUMBERS = [0, 1, 4.999, 5, 29.99, 30, 50, 50.01, 200, 1250]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderBook]:
    folder = tmp_path_factory.mktemp("filters")
    with book_of(folder, write_csv(folder / "a.csv", ORDERS)) as made:
        yield made


FIELDS = {"order_id": "identifier", "name": "text", "company": "text", "city": "text", "state": "state",
          "country": "country", "weight": "number", "total": "number"}  # fmt: skip


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(sorted(FIELDS)))
    op = draw(st.sampled_from(sorted(OPS_BY_TYPE[FIELDS[field]])))  # type: ignore[index]
    is_number = FIELDS[field] == "number" or (op in {"gt", "gte", "lt", "lte", "between"})
    value = st.sampled_from(NUMBERS) if is_number else st.sampled_from(TEXTS)
    if op in {"is_blank", "is_not_blank"}:
        return {"field": field, "op": op}
    if op in {"in", "not_in"}:
        return {"field": field, "op": op, "value": draw(st.lists(value, min_size=1, max_size=4))}
    if op == "between":
        return {"field": field, "op": op, "value": [draw(value), draw(value)]}
    return {"field": field, "op": op, "value": draw(value)}


trees = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.builds(lambda nodes: {"all": nodes}, st.lists(inner, max_size=3)),
        st.builds(lambda nodes: {"any": nodes}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda node: {"not": node}, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=trees)
def test_sql_and_python_agree_on_every_tree(book: OrderBook, node: dict[str, Any]) -> None:
    by_sql = [one.row_number for one in book.select(*compile_filter(node, book.fields))]
    by_python = [one.row_number for one in book.select() if selects(node, one, book.fields)]

    assert by_sql == by_python
    assert explain(node, None, book.fields)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=trees)
def test_not_takes_exactly_the_others(book: OrderBook, node: dict[str, Any]) -> None:
    inside = {one.row_number for one in book.select(*compile_filter(node, book.fields))}
    outside = {one.row_number for one in book.select(*compile_filter({"not": node}, book.fields))}

    assert inside | outside == set(range(1, len(ORDERS) + 1))
    assert not inside & outside


def test_a_blank_matches_no_comparison(book: OrderBook) -> None:
    for op in ("gt", "gte", "lt", "lte", "eq", "neq"):
        assert "2" not in selected(book, {"field": "weight", "op": op, "value": 3})
    assert selected(book, {"field": "weight", "op": "is_blank"}) == ["2"]


def test_states_and_countries_are_compared_by_code_however_they_are_written(book: OrderBook) -> None:
    assert selected(book, {"field": "state", "op": "eq", "value": "tx"}) == ["1", "3", ""]
    assert selected(book, {"field": "country", "op": "eq", "value": "Great Britain"}) == ["4"]
    assert selected(book, {"field": "city", "op": "eq", "value": "montreal"}) == ["2"]


def test_wildcards_and_quotes_are_plain_characters(book: OrderBook) -> None:
    assert selected(book, {"field": "name", "op": "contains", "value": "100% _"}) == ["3"]
    assert selected(book, {"field": "name", "op": "contains", "value": "_nn"}) == []
    assert selected(book, {"field": "company", "op": "eq", "value": "'; DROP TABLE orders; --"}) == []


@pytest.mark.parametrize(
    "node",
    [
        None, [], "weight > 5", {}, {"all": {}}, {"any": []}, {"all": [], "any": [{}]}, {"not": None},
        {"field": "nose", "op": "eq", "value": 1}, {"field": "weight", "op": "contains", "value": "5"},
        {"field": "weight", "op": "gt", "value": "5"}, {"field": "weight", "op": "gt", "value": float("nan")},
        {"field": "weight", "op": "gt", "value": True}, {"field": "name", "op": "eq", "value": ["a"]},
        {"field": "name", "op": "in", "value": "a"}, {"field": "name", "op": "in", "value": []},
        {"field": "weight", "op": "between", "value": [1]}, {"field": "name", "op": "is_blank", "value": 1},
        {"field": "name", "op": "eq", "value": "a", "sql": "1=1"}, {"field": ["name"], "op": "eq", "value": "a"},
        {"field": "name", "op": "eq", "value": "x" * 501},
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(book: OrderBook, node: Any) -> None:
    with pytest.raises(JobError) as caught:
        compile_filter(node, book.fields)

    assert caught.value.code == "filter_invalid"


def test_a_filter_may_be_neither_deep_nor_large(book: OrderBook) -> None:
    deep: dict[str, Any] = {"field": "name", "op": "is_blank"}
    for _ in range(2_000):
        deep = {"not": deep}
    large = {"any": [{"field": "name", "op": "is_blank"}] * 600}

    for node in (deep, large):
        with pytest.raises(JobError):
            compile_filter(node, book.fields)


def test_the_words_come_from_the_tree(book: OrderBook) -> None:
    node = {
        "all": [
            {"field": "state", "op": "in", "value": ["CA", "TX"]},
            {"not": {"field": "weight", "op": "gt", "value": 50}},
        ]
    }

    assert (
        said(node, book.fields)
        == "state is California (CA) or Texas (TX), except those where weight is over 50 lb"
    )
    assert explain({"all": []}, "ground", book.fields) == "Ship by ground: every order."


def test_columns_of_ones_own_can_be_compared(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", [order(quantity="3", gift="yes"), order(order_id="2", quantity="10")]
    )

    with book_of(tmp_path, path) as book:
        assert selected(book, {"field": "quantity", "op": "gt", "value": 3}) == ["2"]
        assert selected(book, {"field": "gift", "op": "eq", "value": "YES"}) == ["1"]
