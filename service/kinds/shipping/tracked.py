"""Write what was bought into a copy of the source: the same rows and cells, with columns for number, cost and state."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from service.kinds.shipping.delimited import TextFormat
from service.kinds.shipping.sources import Source, open_source

HEADERS: Final = ("tracking_number", "shipping_cost", "shipping_service", "shipping_status")
MAX_WORKBOOK_ROWS: Final = 50_000
"""A workbook with more rows is answered with a CSV: openpyxl holds every cell in memory."""
_JSON_FORMAT: Final = TextFormat("utf-8-sig", ",", "\r\n")
Cells = tuple[str, str, str, str]
_NOTHING: Final[Cells] = ("", "", "", "")


@dataclass(frozen=True, slots=True)
class TrackedName:
    """How the copy is called, and its type."""

    name: str
    media_type: str


def tracked_name(source: Source, original: str, row_count: int) -> TrackedName:
    """Return the copy's name: `orders-tracked.csv`, or `.xlsx` for a workbook that is not too large."""
    stem = Path(original).stem[:100] or "orders"
    if (
        source.format == "xlsx"
        and row_count <= MAX_WORKBOOK_ROWS
        and Path(original).suffix.lower() == ".xlsx"
    ):
        media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return TrackedName(f"{stem}-tracked.xlsx", media_type)
    return TrackedName(f"{stem}-tracked.csv", "text/csv")


def write_tracked(
    out: IO[bytes], path: Path, name: str, target: TrackedName, results: Mapping[int, Cells]
) -> None:
    """Write the copy; `results` are the four cells of each row that was bought or tried, by row number."""
    source = open_source(path, name)
    if target.name.endswith(".xlsx"):
        _write_workbook(out, path, source, results)
        return
    form = source.text_format or _JSON_FORMAT
    text = io.TextIOWrapper(out, encoding=form.encoding, newline="", write_through=True)
    writer = csv.writer(text, delimiter=form.delimiter, lineterminator=form.line_end)
    writer.writerow([*source.headers, *HEADERS])
    writer.writerows(_rows(source.rows, results))
    text.detach()


def _rows(rows: Iterator[list[str]], results: Mapping[int, Cells]) -> Iterator[Sequence[str]]:
    return ([*cells, *results.get(number, _NOTHING)] for number, cells in enumerate(rows, 1))


def _write_workbook(out: IO[bytes], path: Path, source: Source, results: Mapping[int, Cells]) -> None:
    """Add the columns to the sheet itself: formats, formulas and other sheets stay."""
    import openpyxl  # type: ignore[import-untyped]  # it has no types

    book = openpyxl.load_workbook(path)
    sheet: Any = book[source.sheet] if source.sheet else book.active
    filled = [row for row in sheet.iter_rows() if any(str(cell.value or "").strip() for cell in row)]
    column = sheet.max_column + 1
    header_row = filled[0][0].row
    for offset, header in enumerate(HEADERS):
        sheet.cell(header_row, column + offset, header)
    for number, row in enumerate(filled[1:], 1):
        for offset, text in enumerate(results.get(number, _NOTHING)):
            if text:
                sheet.cell(row[0].row, column + offset, text)
    book.save(out)
