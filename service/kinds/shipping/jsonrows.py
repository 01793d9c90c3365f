"""Read orders from JSON (a list, or an object that holds one) and JSON Lines; every value becomes text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.kinds.shipping.codes import shipping_error

MAX_JSON_BYTES = 256 << 20
"""A JSON document is read whole; JSON Lines is read line by line and has no such limit."""
_LIST_NAMES = ("orders", "rows", "data", "items", "records")
MAX_HEADER_SCAN = 1_000


def read_json(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """Return headers and rows of a JSON document; raises JobError `source_invalid` or `source_too_large`."""
    if path.stat().st_size > MAX_JSON_BYTES:
        raise shipping_error("source_too_large", f"JSON is read up to {MAX_JSON_BYTES} bytes.")
    try:
        value = _load(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise shipping_error("source_invalid", f"The file is no JSON: {error}") from None
    if isinstance(value, dict):
        value = next((value[name] for name in _LIST_NAMES if isinstance(value.get(name), list)), None)
    if not isinstance(value, list):
        raise shipping_error("source_invalid", "The JSON is no list of orders, nor an object with `orders`.")
    return _table(iter(value))


def read_json_lines(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """Return headers (those of the first rows) and rows of a JSON Lines file; raises JobError `source_invalid`."""
    return _table(_lines(path))


def _lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield _load(line)
                except (ValueError, RecursionError) as error:
                    raise shipping_error("source_invalid", f"Line {number}: {error}") from None


def _load(text: str) -> Any:
    # Numbers stay as they are written: 4.20 and 1e3 are text to us.
    return json.loads(text, parse_float=str, parse_int=str)


def _table(values: Iterator[Any]) -> tuple[list[str], Iterator[list[str]]]:
    first: list[dict[str, str]] = []
    headers: dict[str, None] = {}
    for row in _flat_rows(values):
        first.append(row)
        headers |= dict.fromkeys(row)
        if len(first) >= MAX_HEADER_SCAN:
            break
    names = list(headers)

    def rows() -> Iterator[list[str]]:
        for row in first:
            yield [row.get(name, "") for name in names]
        for row in _flat_rows(values):
            unknown = [name for name in row if name not in headers]
            if unknown:
                raise shipping_error("source_invalid", f"A late row has new members: {', '.join(unknown)}.")
            yield [row.get(name, "") for name in names]

    return names, rows()


def _flat_rows(values: Iterator[Any]) -> Iterator[dict[str, str]]:
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise shipping_error("source_invalid", f"Order {number} is no JSON object.")
        flat: dict[str, str] = {}
        for name, member in value.items():
            if isinstance(member, dict):
                flat |= {f"{name} {inner}": _text(deep) for inner, deep in member.items()}
            else:
                flat[name] = _text(member)
        yield flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(_text(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
