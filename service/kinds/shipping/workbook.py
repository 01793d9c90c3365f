"""Read workbooks as text: a ZIP that Excel keeps as a number is `2134`, not `2134.0`, and a date is ISO 8601."""

import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path

from service.kinds.shipping.codes import shipping_error

MAX_UNPACKED_BYTES = 1 << 30
MAX_ENTRIES = 5_000


def read_workbook(path: Path) -> tuple[str, Iterator[list[str]]]:
    """Return the name of the first sheet that has cells, and its rows that are not blank, as text.

    Raises JobError `source_invalid`, `source_encrypted`, `source_too_large` or `source_empty`.
    """
    import python_calamine as calamine

    _judge_size(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height and sheet.total_width:
                return name, _rows(sheet)
    except calamine.PasswordError:
        raise shipping_error("source_encrypted", "The workbook is locked with a password.") from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise shipping_error("source_invalid", f"The workbook cannot be read: {error}") from None
    raise shipping_error("source_empty", "No sheet of the workbook has any cells.")


def _rows(sheet: object) -> Iterator[list[str]]:
    for row in sheet.iter_rows():  # type: ignore[attr-defined]  # calamine is imported in the function only
        cells = [cell_text(cell) for cell in row]
        if any(cells):
            yield cells


def cell_text(value: object) -> str:
    """Return a cell as the text that a person sees in a plain format; numbers with Excel's 15 digits."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time(0)
        return value.date().isoformat() if is_day else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if value is not None else ""


def _number_text(value: float) -> str:
    text = format(value, ".15g")
    if "e" in text:
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text


def _judge_size(path: Path) -> None:
    """Refuse a workbook whose directory promises too much, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return  # an old .xls is no ZIP; calamine judges what it is
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise shipping_error(
            "source_too_large",
            f"The workbook would unpack to {unpacked} bytes; {MAX_UNPACKED_BYTES} are read.",
        )
