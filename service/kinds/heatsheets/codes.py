"""Every reason why a sheet is not read, and what its owner can do about it (docs/kinds/heatsheets.md has the same)."""

from collections.abc import Mapping

from service.model.errors import JobError

REMEDIATION: Mapping[str, str] = {
    "not_a_pdf": "Submit the meet's PDF or HY3 file: a web page or text by that name is none.",
    "pdf_empty": "The file has no bytes: download it again.",
    "pdf_encrypted": "Open it with its password and save a copy without one.",
    "pdf_corrupt": "The file is damaged: download or copy it again.",
    "pdf_bomb": "The file is built to exhaust whoever opens it. Get the sheet from a source you trust.",
    "pdf_too_many_pages": "Split the document and submit the part with the heat sheet.",
    "pdf_too_complex": "Print the sheet to a new PDF and submit that one.",
    "needs_ocr": "The pages are pictures: install tesseract, or ask the meet for a PDF with text in it.",
    "ocr_failed": "Tesseract could not read the pages: the job's log has what it said.",
    "unrecognised_layout": "Heat sheets, psych sheets and results of Hy-Tek MEET MANAGER are read. Is this one?",
    "hy3_corrupt": "The file is damaged, or no HY3 export: export it again from MEET MANAGER.",
    "model_failed": "The configured endpoint gave no usable answer; the job's log has the details.",
}


def sheet_error(code: str, message: str, *, retriable: bool = False) -> JobError:
    """Return the error of a job whose sheet cannot be read, with the remediation that belongs to its code."""
    return JobError(code, message, remediation=REMEDIATION[code], retriable=retriable)
