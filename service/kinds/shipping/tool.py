"""What the service asks of this kind outside of a job, in a short process of its own: `python -m …shipping.tool`.

A sheet that somebody sent is never opened in the service itself: one request as JSON on standard input, one answer
as JSON on standard output, within bounds of memory, and the service ends the process when it takes too long.

    {"do": "understand", …}   read a sentence against a sheet: what it selects, or the question it puts
    {"do": "explain", …}      the same for a window: never a refusal, with the columns and some values of each
    {"do": "look_up", …}      ask the carrier what became of a row that needs review; never buys
    {"do": "bundle", …}       put the labels of a job together, those that were decided later included
    {"do": "draw", …}         draw a label as a picture
"""

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from service.kinds.shipping.buying import purchase_key, row_output
from service.kinds.shipping.carriers.port import Carrier, CarrierError, Purchase, Unavailable
from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.filters import compile_filter
from service.kinds.shipping.labelbook import LabelBook
from service.kinds.shipping.mapping import KNOWN_FIELDS, REQUIRED, columns_by_field
from service.kinds.shipping.orders import OrderBook
from service.kinds.shipping.plan import Plan, PlannedRow, plan_path
from service.kinds.shipping.printing.bundles import write_merged, write_zip
from service.kinds.shipping.printing.pictures import draw_first_page
from service.kinds.shipping.proposal import propose
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import NeedsClarification
from service.kinds.shipping.sentence.understanding import Understood, understand
from service.kinds.shipping.settings import ShippingSettings, carrier_of
from service.kinds.shipping.sources import open_source
from service.kinds.shipping.staging import label_path, stage_label
from service.kinds.shipping.work import sender_of, understood_of
from service.model.errors import DeskError

MEMORY_BYTES: Final = 4 << 30
SAMPLED_ROWS: Final = 50
SAMPLES: Final = 3
SAMPLE_CHARACTERS: Final = 60
Wanted = Mapping[str, Any]


def answer(wanted: Wanted) -> dict[str, Any]:
    """Do what is wanted; a refusal is an answer too: `error {code,message,remediation}` or `clarify {…}`."""
    try:
        return _DOES[wanted["do"]](wanted)
    except NeedsClarification as asked:
        return {"clarify": asked.to_json()}
    except DeskError as error:
        told = {"code": error.code, "message": error.message, "remediation": error.remediation}
        return {"error": told | {"retriable": error.retriable}}


def understand_sheet(wanted: Wanted) -> dict[str, Any]:
    """Return filter, service, words, columns and how many rows are meant; raises NeedsClarification or JobError."""
    args = wanted["args"]
    settings = ShippingSettings.read(wanted["settings"])
    home = sender_of(args, settings).country
    source = open_source(Path(wanted["path"]), wanted["name"])
    with (
        tempfile.TemporaryDirectory(dir=wanted["folder"]) as folder,
        OrderBook.build(
            Path(folder) / "orders.db", source, args["mapping"], default_country=args["default_country"]
        ) as book,
    ):
        meant = _meant(args, book, home, settings)
        count = book.count_where(*compile_filter(meant.filter, book.fields))
        columns = [field.to_json() for field in book.fields.values()]
        return {
            **meant.to_json(),
            "selected_rows": count,
            "source_rows": book.count,
            "mapping": columns,
            "headers": list(source.headers),
            "notes": list(book.notes),
        }


def explain(wanted: Wanted) -> dict[str, Any]:
    """Return `{status, sheet, …}` of a command that is being written; what is wrong or unclear is an answer too.

    `status` is `understood` (with what `understand` tells), `asked` (with the question), `refused` (with the error),
    or `idle` without a sentence. `sheet` is None when the file cannot be read.
    """
    sheet = None
    try:
        sheet = describe_columns(wanted)
        if not wanted["args"]["command"].strip():
            return {"status": "idle", "sheet": sheet}
        return {"status": "understood", "sheet": sheet, **understand_sheet(wanted)}
    except NeedsClarification as asked:
        return {"status": "asked", "sheet": sheet, **asked.to_json()}
    except DeskError as error:
        told = {"code": error.code, "message": error.message, "remediation": error.remediation}
        return {"status": "refused", "sheet": sheet, **told}


def describe_columns(wanted: Wanted) -> dict[str, Any]:
    """Return the sheet's headers, some values of each, and every known field with its header or None.

    What is missing is told, not refused. Raises JobError `source_…` or `mapping_invalid`.
    """
    source = open_source(Path(wanted["path"]), wanted["name"])
    found = columns_by_field(source.headers, wanted["args"]["mapping"])
    first = list(islice(source.rows, SAMPLED_ROWS))
    fields = [
        {
            "field": one.name,
            "label": one.label,
            "type": one.type,
            "header": found.get(one.name),
            "is_required": one.name in REQUIRED,
        }
        for one in KNOWN_FIELDS
    ]
    return {
        "headers": list(source.headers),
        "fields": fields,
        "samples": [_samples(row[column] for row in first) for column in range(len(source.headers))],
        "missing": [name for name in REQUIRED if name not in found],
        "notes": list(source.notes),
    }


def _samples(cells: Iterable[str]) -> list[str]:
    different = dict.fromkeys(" ".join(cell.split())[:SAMPLE_CHARACTERS] for cell in cells)
    return [cell for cell in different if cell][:SAMPLES]


def look_up(wanted: Wanted) -> dict[str, Any]:
    """Return the row's output if the carrier says it was bought (its label staged), or that it was not.

    `line` has the job and those it is a retry of, newest first, each with its folder: the row was asked for by one of
    them. Raises JobError `plan_missing` when a plan on the way is gone, for then nobody could say "not bought".
    """
    work_dir, shared_dir = Path(wanted["work_dir"]), Path(wanted["shared_dir"])
    carrier = carrier_of(wanted["carrier"], ShippingSettings.read(wanted["settings"]), shared_dir)
    was_asked = False
    for job_id, own_dir in wanted["line"]:
        row = _planned_row([work_dir, Path(own_dir)], job_id, int(wanted["row_number"]))
        if row is None or row.rate is None:
            continue
        was_asked = True
        try:
            found = carrier.look_up(purchase_key(job_id, row.row_number), row.rate.token)
        except Unavailable as error:
            raise shipping_error(error.code, error.message) from error
        if found is not None:
            LabelBook(shared_dir, wanted.get("owner")).enter(
                wanted["line"][0][0], row.row_number, row.shipment, found
            )
            return {"is_bought": True, "output": _staged(work_dir, carrier, row, found)}
    if not was_asked:
        raise shipping_error("plan_missing", "No plan of this job has the row.")
    return {"is_bought": False}


def _planned_row(folders: Sequence[Path], job_id: str, row_number: int) -> PlannedRow | None:
    """Return a row of a job's plan, which a retry has inherited or which is still in the job's own folder."""
    path = next((one for folder in folders if (one := plan_path(folder, job_id)).exists()), None)
    if path is None:
        raise shipping_error(
            "plan_missing", f"The plan of job {job_id} is gone; look the order up at the carrier."
        )
    plan = Plan(path)
    try:
        return plan.row(row_number)
    finally:
        plan.close()


def _staged(work_dir: Path, carrier: Carrier, row: PlannedRow, found: Purchase) -> dict[str, Any]:
    output = row_output(row, found)
    try:
        stage_label(work_dir, carrier, row.shipment, found)
    except (CarrierError, ValueError, OSError):
        output["is_label_missing"] = True
    return output


def bundle(wanted: Wanted) -> dict[str, Any]:
    """Write the labels of some tracking numbers, in that order, into one file; returns how many there were."""
    work_dir = Path(wanted["work_dir"])
    labels = [(number, label_path(work_dir, number)) for number in wanted["numbers"]]
    labels = [(number, path) for number, path in labels if path.exists()]
    with Path(wanted["out"]).open("wb") as out:
        if wanted["form"] == "zip":
            write_zip(out, ((f"{number}.pdf", path) for number, path in labels))
        elif labels:
            write_merged(out, (path for _, path in labels))
    return {"labels": len(labels)}


def draw(wanted: Wanted) -> dict[str, Any]:
    """Draw a label as PNG into `out`; returns its size in pixels, or that it cannot be drawn."""
    with Path(wanted["out"]).open("wb") as out:
        try:
            width, height = draw_first_page(Path(wanted["path"]), out)
        except ValueError:
            return {"is_drawn": False}
    return {"is_drawn": True, "width": width, "height": height}


def _meant(args: Wanted, book: OrderBook, home: str, settings: ShippingSettings) -> Understood:
    if args["filter"] is not None:
        return understood_of(args, book, home)
    try:
        return understand(args["command"], Known(book, home))
    except NeedsClarification as asked:
        proposed = propose(args["command"], book.fields, settings)
        if proposed is None:
            raise
        raise NeedsClarification(asked.question, [*asked.choices, proposed], asked.words) from None


def main() -> None:
    """Answer one request."""
    _limit_memory()
    wanted = json.load(sys.stdin)
    json.dump(answer(wanted), sys.stdout, ensure_ascii=True)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


_DOES: Final = {
    "understand": understand_sheet,
    "explain": explain,
    "look_up": look_up,
    "bundle": bundle,
    "draw": draw,
}

if __name__ == "__main__":
    main()
