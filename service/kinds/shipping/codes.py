"""Every reason why a sheet, a sentence or a row is refused, and what helps (docs/kinds/shipping.md has the same)."""

from collections.abc import Mapping

from service.model.errors import JobError

REMEDIATION: Mapping[str, str] = {
    "source_missing": "Hand in one file of orders: CSV, TSV, XLSX or JSON.",
    "source_empty": "The file has no orders: export it again, with a header row.",
    "source_not_text": "Export the orders as CSV (UTF-8), TSV, XLSX or JSON.",
    "source_invalid": "Mend the place that the message names, or export the file again.",
    "source_encrypted": "Save the workbook without a password.",
    "source_too_large": "Split the file, or export it as CSV, which is read row by row.",
    "too_many_columns": "Export only the columns that shipping needs (at most 200).",
    "columns_missing": 'Name the columns in `mapping`, as in {"postal": "Zip"}; the message lists what was found.',
    "mapping_invalid": "Use the field names of docs/kinds/shipping.md and the headers of the file.",
    "filter_invalid": "The schema of filters is in docs/kinds/shipping.md.",
    "needs_clarification": "Say the sentence again with one of the choices.",
    "caps_exceeded": "Raise the cap, ship fewer rows, or leave the caps out and confirm by hand.",
    "rate_changed": "The price rose after it was shown. Retry the job to see the new one.",
    "skip_rows_invalid": "Retry the job, and name rows of its preview.",
    "plan_missing": "Look the order up at the carrier and decide the row by hand.",
    "stale_preview": "Look at the preview again and confirm with its hash.",
    "carrier_unavailable": "The carrier did not answer. Try again later; nothing was bought.",
    "carrier_not_configured": "Give the carrier its key in the settings, or use the sandbox carrier.",
    "row_unshippable": "Mend the row in the source and submit it again.",
}


def shipping_error(code: str, message: str) -> JobError:
    """Return the error with what helps beside it."""
    return JobError(code, message, remediation=REMEDIATION.get(code))
