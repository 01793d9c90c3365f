"""One job in the child: read the sheet (or take it from the cache), find the swimmer, leave the files."""

from datetime import UTC, datetime
from typing import Any, cast

from service.kinds.base import InputFile, JobContext
from service.kinds.heatsheets import dates, ocr
from service.kinds.heatsheets.cache import FolderCache, ParseCache, cache_key, pack, unpack
from service.kinds.heatsheets.calendar import CalendarChoices, CalendarFile, make_calendar
from service.kinds.heatsheets.codes import sheet_error
from service.kinds.heatsheets.codes62 import result_code
from service.kinds.heatsheets.dates import Order
from service.kinds.heatsheets.hy3 import parse_hy3
from service.kinds.heatsheets.llm import Endpoint, read_with_model
from service.kinds.heatsheets.names import Person, plain
from service.kinds.heatsheets.outcome import events_csv, outcome, page_outcome, swimmers_of
from service.kinds.heatsheets.parse import SheetWalk, parse_pdf
from service.kinds.heatsheets.pdf_text import open_pdf
from service.kinds.heatsheets.people import SHEETS_FOLDER, People
from service.kinds.heatsheets.sheet import Sheet
from service.kinds.heatsheets.source import MeetPage, source_of
from service.model.errors import JobError
from service.model.progress import Stage

DOWNLOADING, READING, FINDING, WRITING = "downloading", "reading", "finding", "writing"
_DOWNLOAD_SHARE = 40.0  # percent of the work of a job that has to fetch its sheet
_READ_SHARE = 90.0  # percent after which the sheet is read; the rest takes milliseconds


def find_swimmer(job: JobContext) -> dict[str, Any]:
    """Read the job's one sheet and find its swimmer; raises JobError with a code of codes.py or of fetching.

    An address may be that of a meet's page: the result then has no events but the `links` to choose from.
    """
    source = source_of(job, lambda done, total: _report_download(job, done, total))
    if isinstance(source, MeetPage):
        return _offer(job, source)
    _report(job, READING, _start_of_reading(job), f"Reading {source.name}", source.name, 0)
    sheet, was_cached = _sheet(job, source)
    _report(job, FINDING, _READ_SHARE, f"Looking for {job.args['swimmer']}", source.name)
    wanted = Person(job.args["swimmer"], job.args["team"], job.args["age"])
    result = outcome(sheet, wanted, job.args["session_date"])
    code = result_code(["heatsheets", source.sha256, plain(job.args["swimmer"]), _other_args(job)])
    result |= {
        "resultCode": code,
        "filename": source.name,
        "sha256": source.sha256,
        "parseCached": was_cached,
    }
    _report(job, WRITING, 95.0, None, source.name)
    _save(job, result, sheet, code)
    _report(job, WRITING, 100.0, _summary(result), source.name)
    return result


def _offer(job: JobContext, page: MeetPage) -> dict[str, Any]:
    """Leave the links of a meet's page as the result."""
    result = page_outcome(job.args["swimmer"], page.name, page.url, page.links)
    job.save_artifact("results.json", result, "application/json")
    _report(job, WRITING, 100.0, result["warnings"][0], page.name)
    return result


def _sheet(job: JobContext, source: InputFile) -> tuple[Sheet, bool]:
    """Return the sheet, and whether it was read before."""
    cache = cache_of(job)
    key = cache_key(source.sha256, job.args["date_order"])
    known = unpack(cache.get(key))
    sheet = known or _read(job, source)
    if known is None:
        cache.put(key, pack(sheet))
    people = People(job.shared_dir, job.owner)
    if known is None or not people.has(key):  # it may have been read for somebody else
        people.put(key, swimmers_of(sheet))
    return sheet, known is not None


def cache_of(job: JobContext) -> ParseCache:
    """Return the cache of sheets that all jobs of the kind share."""
    return FolderCache(job.shared_dir / SHEETS_FOLDER)


def endpoint_of(job: JobContext) -> Endpoint | None:
    """Return the language model that the service's settings name for this kind, if they do."""
    url, model = job.settings.get("llm_base_url"), job.settings.get("llm_model")
    return Endpoint(str(url), str(model), job.settings.get("llm_api_key")) if url and model else None


def _read(job: JobContext, source: InputFile) -> Sheet:
    with source.path.open("rb") as file:
        start = file.read(2)
    if source.name.lower().endswith(".hy3") or start == b"A1":
        return parse_hy3(source.path)
    asked = job.args["date_order"]
    order = cast("Order", asked) if asked in ("mdy", "dmy") else None

    def on_page(done: int, total: int) -> None:
        _report(
            job, READING, _read_share(job, done, total), f"Page {done} of {total}", source.name, done, total
        )

    try:
        return parse_pdf(source.path, on_page, date_order=order)
    except JobError as error:
        if error.code == "needs_ocr" and (program := ocr.find_tesseract()):
            return _read_scan(job, source, program, order)
        if error.code == "unrecognised_layout" and (endpoint := endpoint_of(job)):
            job.log(f"The parser does not know this layout: asking {endpoint.model}")
            with open_pdf(source.path) as pdf:
                return read_with_model(job.track(pdf.pages(), total=pdf.page_count, unit="page"), endpoint)
        raise


def _read_scan(job: JobContext, source: InputFile, program: str, order: Order | None) -> Sheet:
    job.log("The pages are pictures: reading them with tesseract")
    with open_pdf(source.path) as pdf:
        walk = SheetWalk(order, dates.created_on(pdf.created))
        for page in ocr.read_scans(pdf, program):
            walk.read(page)
            share = _read_share(job, page.number, pdf.page_count)
            message = f"Page {page.number} of {pdf.page_count} (OCR)"
            _report(job, READING, share, message, source.name, page.number, pdf.page_count)
        try:
            sheet = walk.finish(pdf.page_count)
        except JobError as error:
            if error.code == "needs_ocr":
                raise sheet_error("ocr_failed", "Tesseract found no text on the pages.") from error
            raise
    sheet.warnings.insert(0, "The sheet is a scan: letters and digits may be misread.")
    return sheet


def _save(job: JobContext, result: dict[str, Any], sheet: Sheet, code: str) -> None:
    """Leave results.json, events.csv, swimmers.json, and calendar.ics when an event has a day and a time."""
    calendar = make_calendar(result["events"], _choices(job, result), code, datetime.now(UTC))
    result["warnings"] += calendar_warnings(result["events"], calendar, sheet.style)
    result["calendarEventCount"] = calendar.event_count
    if calendar.event_count:
        job.save_artifact("calendar.ics", calendar.content, "text/calendar")
    job.save_artifact("events.csv", events_csv(result["events"]), "text/csv")
    job.save_artifact("swimmers.json", {"swimmers": swimmers_of(sheet)}, "application/json")
    job.save_artifact("results.json", result, "application/json")


def calendar_warnings(events: list[dict[str, Any]], calendar: CalendarFile, style: str) -> list[str]:
    """Say how many events could not be put into the calendar, and why; nothing about results, which are over."""
    if not calendar.left_out or not events or style == "results":
        return []
    return [
        f"{calendar.left_out} of {len(events)} events have no day or no start time: they are not in the calendar."
    ]


def _choices(job: JobContext, result: dict[str, Any]) -> CalendarChoices:
    return CalendarChoices(
        job.args["zone"],
        job.args["alarm_minutes"],
        job.args["length_minutes"],
        result["venue"],
        result["meetName"],
    )


def _other_args(job: JobContext) -> list[Any]:
    return [job.args[key] for key in sorted(job.args) if key not in ("swimmer", "url")]


def _summary(result: dict[str, Any]) -> str:
    count = result["eventCount"]
    return f"{count} event{'' if count == 1 else 's'}"


def _start_of_reading(job: JobContext) -> float:
    return 0.0 if job.args["url"] is None else _DOWNLOAD_SHARE


def _read_share(job: JobContext, done: int, total: int) -> float:
    """Return the percent of the work that is done when `done` of `total` pages are read."""
    start = _start_of_reading(job)
    return start + (_READ_SHARE - start) * done / total


def _report_download(job: JobContext, done: int, total: int | None) -> None:
    megabytes = f"{done / 1e6:.1f}" + (f" of {total / 1e6:.1f}" if total else "") + " MB"
    percent = _DOWNLOAD_SHARE * min(1.0, done / total) if total else 0.0
    _report(job, DOWNLOADING, percent, f"Downloading: {megabytes}", None, done, total)


def _report(
    job: JobContext,
    stage: str,
    percent: float,
    message: str | None,
    file_name: str | None,
    done: int | None = None,
    total: int | None = None,
) -> None:
    names = (
        [READING, FINDING, WRITING] if job.args["url"] is None else [DOWNLOADING, READING, FINDING, WRITING]
    )
    at = names.index(stage)
    stages = []
    for number, name in enumerate(names):
        is_over = number < at or percent >= 100
        state = "completed" if is_over else "running" if number == at else "pending"
        counted = name == stage and total is not None
        stages.append(Stage(name, state, (done or 0) if counted else int(is_over), total if counted else 1))
    is_counted = stage != DOWNLOADING  # bytes are told in the message; the job counts pages
    job.report(
        message,
        percent=percent,
        current=done if is_counted else None,
        total=total if is_counted else None,
        unit="page",
        file_name=file_name,
        stage=stage,
        stages=stages,
    )
