"""Sheets of orders for the tests of shipping: the example, and small ones made where they are needed."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from service.kinds.shipping.filters import Node, compile_filter
from service.kinds.shipping.orders import OrderBook
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.understanding import understand
from service.kinds.shipping.sources import open_source

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "shipping" / "orders.csv"
SAMPLES = ROOT.parent / "shared" / "samples" / "shipping"
HEADERS = (
    "order_id",
    "name",
    "company",
    "address1",
    "city",
    "state",
    "postal",
    "country",
    "weight_lb",
    "total_usd",
)
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason=f"MISSING SAMPLES: {SAMPLES} is not there, its orders and sentences go untested",
)


def order(**changes: str) -> dict[str, str]:
    """Return one good order as a dict of texts, with changes."""
    plain = {
        "order_id": "1", "name": "Ann Bell", "company": "", "address1": "1 Elm Road", "city": "Austin", "state": "TX",
        "postal": "78701", "country": "US", "weight_lb": "2", "total_usd": "20.00",
    }  # fmt: skip
    return plain | changes


def write_csv(path: Path, orders: Sequence[Mapping[str, str]]) -> Path:
    """Write orders as a plain CSV, with the headers of the first one."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(orders[0]))
        writer.writeheader()
        writer.writerows(orders)
    return path


def book_of(
    folder: Path, source: Path, name: str | None = None, mapping: Mapping[str, str] | None = None
) -> OrderBook:
    """Read a sheet into a book in `folder`."""
    return OrderBook.build(folder / "orders.db", open_source(source, name or source.name), mapping)


def selected(book: OrderBook, node: Node) -> list[str]:
    """Return the order numbers that a filter selects, each once, in order."""
    found = book.select(*compile_filter(node, book.fields))
    return list(dict.fromkeys(one.texts.get("order_id", "") for one in found))


def meant(book: OrderBook, sentence: str) -> tuple[list[str], str | None]:
    """Return what a sentence selects and its service; raises NeedsClarification."""
    understood = understand(sentence, Known(book))
    return selected(book, understood.filter), understood.service
