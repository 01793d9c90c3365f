"""The `shipping` kind as the service sees it: its name, its args, its routes; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from marshmallow import Schema

from service.kinds.base import Dialect, JobContext, Kind
from service.kinds.shipping.args import EXTENSIONS, NAME, ConfirmIn, ShippingArgs
from service.model.artifacts import Input
from service.model.errors import DeskError, FieldError

MAX_ERRORS: Final = 20


class ShippingKind(Kind):
    """Ships the orders that a sentence names: a priced preview first, then one label for each row."""

    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Ship orders"
    description: ClassVar[str] = "Say which orders to ship; look at the price; get the labels"
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = EXTENSIONS
    min_files: ClassVar[int] = 1
    max_files: ClassVar[int] = 1
    Args: ClassVar[type[Schema] | None] = ShippingArgs
    Confirm: ClassVar[type[Schema] | None] = ConfirmIn
    typical_seconds: ClassVar[float] = 3.0
    requires: ClassVar[Sequence[str]] = ("python_calamine", "reportlab", "zxingcpp", "pypdfium2", "openpyxl")
    extra: ClassVar[str | None] = "shipping"

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Plan and hold, or after confirmation buy; returns the output of docs/kinds/shipping.md."""
        from service.kinds.shipping.work import ship

        return ship(job, self.at_point)

    def at_point(self, point: str, row_number: int) -> None:
        """Do nothing; tests of crashes end the process where the buying of a row has come to."""

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return the sentence: it says more than the name of the file."""
        return str(args.get("command") or self.title)[:120]

    def check_confirmed(self, job_id: str, confirmed: Mapping[str, Any], work_dir: Path) -> None:
        """Raise DeskError `invalid` for a row to skip that the preview does not have."""
        from service.kinds.shipping.plan import plan_path
        from service.kinds.shipping.plan_pages import rows_missing

        skipped = confirmed.get("skip_rows") or []
        missing = rows_missing(plan_path(work_dir, job_id), skipped) if skipped else frozenset()
        if missing:
            errors = [
                FieldError(f"/skip_rows/{place}", f"The preview has no row {number}.")
                for place, number in enumerate(skipped)
                if number in missing
            ]
            raise DeskError("invalid", "A row to skip is no row of the preview.", errors=errors[:MAX_ERRORS])

    def dialect(self) -> Dialect:
        """Return the words of the `shipping` stream: batch_started, row_completed, row_failed, batch_completed …"""
        from service.kinds.shipping.dialect import shipping_dialect

        return shipping_dialect

    def routes(self) -> Sequence[Any]:
        """Return the paths of the older desk (commands, history, preview, labels), and those of our window."""
        from service.kinds.shipping.printing.routes import routes as label_routes
        from service.kinds.shipping.routes import routes
        from service.kinds.shipping.window.routes import routes as window_routes

        return [*routes(), *label_routes(), *window_routes()]
