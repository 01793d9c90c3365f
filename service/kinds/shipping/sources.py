"""Open a sheet of orders whatever its format: headers, and rows of text that are read one at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.kinds.shipping import delimited, jsonrows, workbook
from service.kinds.shipping.codes import shipping_error

EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson")
_WORKBOOK_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Source:
    """An opened sheet. `format` is csv, xlsx or json; `notes` tell how it was read, for the person to see."""

    format: str
    headers: tuple[str, ...]
    rows: Iterator[list[str]]
    text_format: delimited.TextFormat | None = None
    sheet: str | None = None
    notes: tuple[str, ...] = field(default=())


def open_source(path: Path, name: str) -> Source:
    """Open the sheet at `path`, which the person calls `name`; raises JobError `source_…`.

    The content decides between workbook and text; the extension between JSON and delimited text.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    extension = Path(name).suffix.lower()
    if magic.startswith(_WORKBOOK_MAGIC) or extension in {".xlsx", ".xlsm"}:
        sheet, records = workbook.read_workbook(path)
        headers, rows = _with_headers(records)
        return Source("xlsx", headers, rows, sheet=sheet)
    if extension in {".json", ".jsonl", ".ndjson"} or magic.lstrip()[:1] in {b"[", b"{"}:
        is_lines = extension in {".jsonl", ".ndjson"}
        names, rows = jsonrows.read_json_lines(path) if is_lines else jsonrows.read_json(path)
        if not names:
            raise shipping_error("source_empty", "The file has no orders.")
        return Source("json", unique_headers(names), rows)
    form = delimited.sniff(path, is_tab_expected=extension == ".tsv")
    headers, rows = _with_headers(delimited.read_records(path, form))
    return Source("csv", headers, rows, text_format=form, notes=_notes(form))


def unique_headers(cells: Sequence[str]) -> tuple[str, ...]:
    """Return headers that are neither empty nor the same: `column 3`, `name (2)`."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        base = " ".join(cell.split()) or f"column {number}"
        name, count = base, 1
        while name in names:
            count += 1
            name = f"{base} ({count})"
        names.append(name)
    return tuple(names)


def _with_headers(records: Iterator[list[str]]) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    first = next(records, None)
    if first is None:
        raise shipping_error("source_empty", "The file has no header row.")
    while len(first) > 1 and not first[-1].strip():
        first.pop()  # Excel leaves empty columns behind
    return unique_headers(first), _even_rows(records, len(first))


def _even_rows(records: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    """Yield rows of the header's width: cells that are missing at the end are blank, cells too many an error."""
    for number, record in enumerate(records, 1):
        if len(record) < width:
            record.extend([""] * (width - len(record)))
        elif any(cell.strip() for cell in record[width:]):
            raise shipping_error(
                "source_invalid",
                f"Row {number} has {len(record)} cells under {width} headers: a header is missing (they may be merged),"
                " or a quote or a delimiter is wrong.",
            )
        yield record[:width]


def _notes(form: delimited.TextFormat) -> tuple[str, ...]:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    encodings = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
    encoding = encodings.get(form.encoding, form.encoding.upper())
    return (f"Read as {encoding} text, cells parted by {names[form.delimiter]}.",)
