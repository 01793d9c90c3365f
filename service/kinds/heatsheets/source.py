"""Bring in what a job is to read: its file, or what stands at its address, which may be a meet's page."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from service.kinds.base import InputFile, JobContext
from service.kinds.fetching import Fetched, fetch
from service.kinds.heatsheets.codes import sheet_error
from service.kinds.heatsheets.links import PdfLink, find_pdf_links
from service.model.errors import JobError

MAX_FETCHED_BYTES: Final = 50_000_000
TIMEOUT_SECONDS: Final = 30.0
MAX_PAGE_BYTES: Final = 5_000_000  # of a web page; the links of a longer one are those of its beginning
MAX_OFFERED: Final = 100
_SNIFFED_BYTES: Final = 1024
_PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_PAGE_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<!--", b"<a ")
OnBytes = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class MeetPage:
    """A web page instead of a sheet, with the files that it links to."""

    url: str
    name: str
    links: tuple[PdfLink, ...]


def source_of(job: JobContext, on_bytes: OnBytes) -> InputFile | MeetPage:
    """Return the job's file, fetched when it is an address.

    `on_bytes(done, total)` hears of the download. Raises JobError: the `url_…` codes of service.kinds.fetching,
    `not_a_pdf` for an address that leads to something else.
    """
    if job.args["url"] is None:
        return job.inputs[0]
    fetched = fetch(
        job.args["url"],
        job.work_dir,
        max_bytes=MAX_FETCHED_BYTES,
        timeout_seconds=timeout_of(job.settings.get("url_timeout_seconds", TIMEOUT_SECONDS)),
        allow_hosts=job.allow_url_hosts,
        on_bytes=on_bytes,
    )
    start = _start(fetched.path)
    if b"%PDF" in start or start.startswith(b"A1"):
        return _input(fetched)
    if fetched.media_type in _PAGE_TYPES or start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(
        _PAGE_STARTS
    ):
        return _page(fetched)
    raise sheet_error("not_a_pdf", f"{fetched.url} is not a PDF ({fetched.media_type}).")


def timeout_of(value: Any) -> float:
    """Return the seconds that a download may take; raises JobError `kind_setting_invalid` for anything else."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise JobError(
            "kind_setting_invalid",
            f"heatsheets.url_timeout_seconds is {value!r}.",
            remediation="Give a number of seconds up to 3600.",
        )
    return seconds


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SNIFFED_BYTES)


def _input(fetched: Fetched) -> InputFile:
    digest = hashlib.sha256()
    with fetched.path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return InputFile(fetched.name, fetched.path, fetched.media_type, fetched.size_bytes, digest.hexdigest())


def _page(fetched: Fetched) -> MeetPage:
    with fetched.path.open("rb") as file:
        links = find_pdf_links(file.read(MAX_PAGE_BYTES), fetched.url)
    if not links:
        raise sheet_error("not_a_pdf", f"{fetched.url} is a web page that links to no PDF.")
    return MeetPage(fetched.url, fetched.name, tuple(links[:MAX_OFFERED]))
