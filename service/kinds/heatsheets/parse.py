"""Read a whole document into a `Sheet`: pages -> lines -> rows, with the meet, its days, and what is unsure."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from service.kinds.heatsheets import dates, grammar
from service.kinds.heatsheets.codes import sheet_error
from service.kinds.heatsheets.dates import Order
from service.kinds.heatsheets.estimate import with_estimates
from service.kinds.heatsheets.header import Head
from service.kinds.heatsheets.layout import MAX_LINE_LETTERS, PageLines, read_page
from service.kinds.heatsheets.pdf_text import DEFAULT_LIMITS, PageText, PdfLimits, open_pdf
from service.kinds.heatsheets.program import PROGRAM
from service.kinds.heatsheets.psych import PSYCH
from service.kinds.heatsheets.reader import SheetReader, Style
from service.kinds.heatsheets.results import RESULTS
from service.kinds.heatsheets.rows import read_head
from service.kinds.heatsheets.sheet import Sheet

STYLES = {"program": PROGRAM, "psych": PSYCH, "results": RESULTS}
MIN_LETTERS_A_PAGE = 20
OnPage = Callable[[int, int], None]
"""Called after each page with how many are read and how many there are."""


def parse_pdf(
    path: Path,
    on_page: OnPage | None = None,
    *,
    date_order: Order | None = None,
    limits: PdfLimits = DEFAULT_LIMITS,
) -> Sheet:
    """Read a PDF; raises JobError with one of the codes of codes.py. `date_order` settles an unsure 11/8."""
    with open_pdf(path, limits) as pdf:
        walk = SheetWalk(date_order, dates.created_on(pdf.created))
        for page in pdf.pages():
            walk.read(page)
            if on_page:
                on_page(page.number, pdf.page_count)
        return walk.finish(pdf.page_count)


class SheetWalk:
    """Takes in the pages of one document in order; `finish` says what they were."""

    def __init__(self, date_order: Order | None = None, created: date | None = None) -> None:
        self._head = Head()
        self._asked_order = date_order
        self._created = created
        self._reader = SheetReader(PSYCH)
        self._has_style = False
        self._starts: tuple[float, ...] = ()
        self._letters = 0
        self._images = 0
        self._empty_pages: list[int] = []

    def read(self, page: PageText) -> None:
        """Take in one page."""
        self._letters += sum(len(piece.text.strip()) for piece in page.fragments)
        self._images += page.has_images
        lines = read_page(page, self._starts)
        self._starts = lines.starts
        self._head.read(lines.head)
        if style := self._style_of(lines):
            self._reader.style = style
            self._has_style = True
        order, _ = self._order()
        day = dates.session_day(self._head.session, *self._head.days(order))
        before = len(self._reader.rows)
        self._reader.read(lines, day.isoformat() if day else None)
        if len(self._reader.rows) == before and page.fragments:
            self._empty_pages.append(page.number)

    def finish(self, page_count: int) -> Sheet:
        """Return the sheet; raises JobError needs_ocr or unrecognised_layout."""
        rows = self._reader.rows
        if not rows:
            if self._letters < MIN_LETTERS_A_PAGE * page_count:
                raise sheet_error("needs_ocr", "The pages hold no text that could be read.")
            raise sheet_error(
                "unrecognised_layout", "No heat sheet, psych sheet or results were found in it."
            )
        order, is_sure = self._order()
        first, last = self._head.days(order)
        sheet = Sheet(
            self._reader.style.name,
            rows,
            self._head.meet_name,
            first.isoformat() if first else None,
            last.isoformat() if last else None,
            self._head.venue,
            page_count=page_count,
        )
        self._warn(sheet, is_sure)
        return sheet

    def _order(self) -> tuple[Order | None, bool]:
        if self._asked_order:
            return self._asked_order, True
        return dates.decide_order(self._head.meet_numbers, self._head.banner_numbers, self._created)

    def _style_of(self, page: PageLines) -> Style | None:
        """Return the style that the title of a page announces, else (once) the one its tables look like."""
        if self._head.report:
            return STYLES[self._head.report]
        if self._has_style:
            return None
        lines = [line for column in page.columns for line in column if len(line.text) <= MAX_LINE_LETTERS]
        columns = {one.column for line in lines for one in read_head(line) or ()}
        if "lane" in columns or any(grammar.read_heat(line.text) for line in lines):
            return PROGRAM
        if columns & {"final", "points", "place"}:
            return RESULTS
        return PSYCH if columns else None

    def _warn(self, sheet: Sheet, is_order_sure: bool) -> None:
        if not is_order_sure:
            sheet.warnings.append(
                "The dates can be read as month/day or day/month: month/day is assumed. Choose date_order to settle it."
            )
        if sheet.style == "program":
            sheet.rows, count = with_estimates(sheet.rows)
            if count:
                sheet.warnings.append(
                    f"{count} heats have no start time on the sheet: theirs are estimated from the heat before "
                    "and its slowest seed."
                )
            if all(row.starts_at is None for row in sheet.rows):
                sheet.warnings.append("The sheet has no start times.")
        if self._empty_pages:
            pages = ", ".join(map(str, self._empty_pages[:10]))
            sheet.warnings.append(f"Nothing was recognised on page {pages}.")
