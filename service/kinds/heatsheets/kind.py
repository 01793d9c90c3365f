"""The `heatsheets` kind as the service sees it: its name, its args, its words; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema

from service.kinds.base import Dialect, JobContext, Kind, Limits
from service.kinds.heatsheets.args import HeatsheetsArgs, name_of_address
from service.model.artifacts import Input

MIB = 1024 * 1024


class HeatsheetsKind(Kind):
    """Finds a swimmer's events in a meet's program, psych sheet, results or HY3 file."""

    name: ClassVar[str] = "heatsheets"
    title: ClassVar[str] = "Find a swimmer"
    description: ClassVar[str] = "When does my swimmer swim?"
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = (".pdf", ".hy3")
    min_files: ClassVar[int] = 1
    max_files: ClassVar[int] = 1
    url_arg: ClassVar[str | None] = "url"
    Args: ClassVar[type[Schema] | None] = HeatsheetsArgs
    is_cacheable: ClassVar[bool] = True
    typical_seconds: ClassVar[float] = 1.0
    limits: ClassVar[Limits] = Limits(wall_seconds=1800, memory_bytes=2048 * MIB, artifact_bytes=256 * MIB)
    requires: ClassVar[Sequence[str]] = ("pypdfium2", "rapidfuzz", "icalendar")

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Read the sheet and find the swimmer; returns the result object of docs/kinds/heatsheets.md."""
        from service.kinds.heatsheets.pipeline import find_swimmer

        return find_swimmer(job)

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return `Ada Li in heats.pdf`."""
        where = inputs[0].name if inputs else name_of_address(args.get("url"))
        return f"{args.get('swimmer', self.title)}{f' in {where}' if where else ''}"

    def dialect(self) -> Dialect:
        """Return the words of the batch stream of `heatsheets`."""
        from service.kinds.heatsheets.dialect import heatsheets_dialect

        return heatsheets_dialect

    def routes(self) -> Sequence[Any]:
        """Return the paths of the older service, below /api/batch and /api/results."""
        from service.kinds.heatsheets.routes import routes

        return routes()
