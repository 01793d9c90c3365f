"""Read numbers as people write them in sheets: weights in pounds, money, thousands and decimal marks."""

import re
from collections.abc import Iterable

POUNDS_PER_UNIT = {
    "lb": 1.0, "lbs": 1.0, "pound": 1.0, "pounds": 1.0, "#": 1.0,
    "oz": 0.0625, "ounce": 0.0625, "ounces": 0.0625,
    "kg": 2.2046226218487757, "kgs": 2.2046226218487757, "kilo": 2.2046226218487757,
    "kilos": 2.2046226218487757, "kilogram": 2.2046226218487757, "kilograms": 2.2046226218487757,
    "g": 0.0022046226218487757, "gram": 0.0022046226218487757, "grams": 0.0022046226218487757,
}  # fmt: skip
"""The international avoirdupois pound is 0.45359237 kg exactly (NIST Handbook 44, appendix C)."""

_PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")
_POINT = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_COMMA = re.compile(r"^[+-]?(\d{1,3}([. ]\d{3})+|\d+),\d*$")
_COMMA_THOUSANDS = re.compile(r"^[+-]?\d{1,3}([. ]\d{3})+$")
_MONEY_SIGNS = re.compile(r"^(US\$|USD|CAD|EUR|GBP|[$€£])\s*|\s*(USD|CAD|EUR|GBP|[$€£])$", re.IGNORECASE)
_WITH_UNIT = re.compile(r"^(.*?\d[.,]?)\s*([a-z]+)\.?$", re.IGNORECASE)
_HAS_COMMA_DECIMALS = re.compile(r"\d,(\d{1,2}|\d{4,})$")
_HAS_POINT_DECIMALS = re.compile(r"\d\.(\d{1,2}|\d{4,})$|,\d{3}\.")


def read_number(text: str, *, comma_is_decimal: bool = False) -> float | None:
    """Return the number that `text` is, None if it is none.

    `1,250.00` is 1250 and `4,2` is 4.2 whatever the file; `1,250` and `1.250` mean what the column's other
    cells say (`comma_is_decimal`).
    """
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("'", "")
    if comma_is_decimal and (_COMMA.match(text) or _COMMA_THOUSANDS.match(text)):
        return float(text.replace(".", "").replace(" ", "").replace(",", "."))
    if _PLAIN.match(text):
        return float(text)
    if _POINT.match(text):
        return float(text.replace(",", ""))
    if _COMMA.match(text):
        return float(text.replace(".", "").replace(" ", "").replace(",", "."))
    return None


def read_money(text: str, *, comma_is_decimal: bool = False) -> float | None:
    """Return an amount without its currency sign, None if it is none."""
    return read_number(_MONEY_SIGNS.sub("", text.strip()), comma_is_decimal=comma_is_decimal)


def read_weight(text: str, *, unit: str = "lb", comma_is_decimal: bool = False) -> float | None:
    """Return a weight in pounds; a unit in the cell goes before the column's `unit`. None if it is no weight."""
    with_unit = _WITH_UNIT.match(text.strip())
    if with_unit is not None:
        text, unit = with_unit[1], with_unit[2].lower()
        if unit not in POUNDS_PER_UNIT:
            return None
    number = read_number(text, comma_is_decimal=comma_is_decimal)
    return None if number is None else in_pounds(number, unit)


def in_pounds(number: float, unit: str) -> float:
    """Return a weight in pounds, rounded to a ten-thousandth of a milligram so that equal weights are equal."""
    return round(number * POUNDS_PER_UNIT[unit], 9)


def uses_decimal_comma(cells: Iterable[str]) -> bool:
    """Tell from a column's cells whether its comma is the decimal mark: some cell shows it and none the point."""
    has_comma = False
    for cell in cells:
        if _HAS_POINT_DECIMALS.search(cell):
            return False
        has_comma = has_comma or _HAS_COMMA_DECIMALS.search(cell) is not None
    return has_comma
