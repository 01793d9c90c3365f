"""Read CSV and TSV as they come out of shops and spreadsheets: any encoding, delimiter, quoting and line end."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.kinds.shipping.codes import shipping_error

SNIFF_BYTES = 64 * 1024
MAX_CELL_CHARACTERS = 131_072
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How a delimited file is written, enough to write another like it."""

    encoding: str
    delimiter: str
    line_end: str


def sniff(path: Path, *, is_tab_expected: bool = False) -> TextFormat:
    """Return how the file is written; raises JobError `source_empty` or `source_not_text`."""
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    if not head.strip():
        raise shipping_error("source_empty", "The file is empty.")
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if encoding is None and b"\0" in head:
        raise shipping_error("source_not_text", "The file is no text: it has zero bytes.")
    encoding = encoding or _encoding(path)
    text = head.decode(encoding, "replace")
    line_end = "\r\n" if "\r\n" in text else "\n"
    return TextFormat(encoding, _delimiter(text, len(head) == SNIFF_BYTES, is_tab_expected), line_end)


def read_records(path: Path, form: TextFormat) -> Iterator[list[str]]:
    """Yield every record that is not blank, the header included, one at a time.

    Raises JobError `source_invalid` naming the line.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        with path.open(encoding=form.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=form.delimiter, strict=True)
            while True:
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise shipping_error("source_invalid", f"Line {reader.line_num}: {error}.") from None
                if any(cell.strip() for cell in record):
                    yield record
    except UnicodeError as error:
        raise shipping_error("source_not_text", f"The file is no {form.encoding} text: {error}.") from None


def write_records(out: io.TextIOBase, form: TextFormat, records: Iterator[Sequence[str]]) -> None:
    """Write records in the same format, quoting where it is needed."""
    csv.writer(out, delimiter=form.delimiter, lineterminator=form.line_end).writerows(records)


def _encoding(path: Path) -> str:
    """Return utf-8 if the whole file is that, else Windows-1252, else Latin-1, which takes every byte."""
    for encoding in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _delimiter(text: str, is_cut: bool, is_tab_expected: bool) -> str:
    """Return the delimiter under which most of the first records have as many cells as the first."""
    best, best_score = ("\t" if is_tab_expected else ","), (0.0, 0)
    for delimiter in ("\t", ",", ";", "|") if is_tab_expected else (",", ";", "\t", "|"):
        records = _first_records(text, delimiter)
        if is_cut and len(records) > 2:
            records.pop()
        width = len(records[0]) if records else 0
        if width < 2:
            continue
        alike = sum(len(record) == width for record in records) / len(records)
        if (alike, width) > best_score:
            best, best_score = delimiter, (alike, width)
    return best


def _first_records(text: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in record):
                records.append(record)
            if len(records) >= 50:
                break
    except csv.Error:
        pass  # a cell too long under this delimiter: what was read before it counts
    return records
