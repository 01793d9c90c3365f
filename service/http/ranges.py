"""Byte ranges (RFC 9110, 14): aiohttp 3.14 answers a mismatching If-Range with 206, so this is our own."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

_SPEC = re.compile(r"(\d*)-(\d*)", re.ASCII)
_MAX_DIGITS = 18  # larger numbers than any file: they are clamped instead of parsed


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def size_bytes(self) -> int:
        """How many bytes the range has."""
        return self.stop - self.start


class Unsatisfiable(Enum):
    """The answer is 416."""

    UNSATISFIABLE = "unsatisfiable"


UNSATISFIABLE: Final = Unsatisfiable.UNSATISFIABLE


def parse_range(
    header: str | None, size_bytes: int
) -> ByteRange | Literal[Unsatisfiable.UNSATISFIABLE] | None:
    """Return the one range that is asked for, UNSATISFIABLE, or None when the whole file is the answer.

    What is not understood is ignored, as the RFC says: other units, bad syntax, and several ranges at once.
    """
    unit, equals, specs = (header or "").partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    match = _SPEC.fullmatch(specs.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        suffix = _number(last, size_bytes)
        return ByteRange(max(0, size_bytes - suffix), size_bytes) if suffix and size_bytes else UNSATISFIABLE
    if last and (len(last.lstrip("0")), last.lstrip("0")) < (len(first.lstrip("0")), first.lstrip("0")):
        return None  # an invalid range, which is not the same as one that cannot be satisfied
    start = _number(first, size_bytes)
    if start >= size_bytes:
        return UNSATISFIABLE
    stop = min(size_bytes, _number(last, size_bytes) + 1) if last else size_bytes
    return ByteRange(start, stop)


def _number(digits: str, ceiling: int) -> int:
    significant = digits.lstrip("0")
    return ceiling if len(significant) > _MAX_DIGITS else int(significant or "0")
