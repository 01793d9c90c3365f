"""Between the job and its host: progress at most twice a second, and always the pipeline's own."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from service.kinds.base import Host, ItemResult
from service.kinds.ingestion.pipeline.meter import Meter
from service.model.progress import Progress

REPORT_SECONDS: Final = 0.55


class PacedHost:
    """A host that hands progress on when REPORT_SECONDS have passed; everything else at once."""

    def __init__(self, host: Host, meter: Meter, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._meter = meter
        self._clock = clock
        self._told_at = float("-inf")
        self._last = Progress()

    def report(self, progress: Progress) -> None:
        """Keep the newest progress, and hand it on when it is time."""
        self._last = progress
        if self._clock() - self._told_at >= REPORT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Hand on what the pipeline has counted, now."""
        self._told_at = self._clock()
        meter = self._meter
        stages = meter.stages()
        running = [stage.name for stage in stages if stage.status == "running"]
        self._host.report(
            replace(
                self._last,
                percent=meter.percent(),
                current=meter.documents_done,
                total=meter.documents_total,
                unit="document",
                file_name=meter.current[1],
                stage=running[-1] if running else None,
                stages=stages,
                details=meter.details(),
            )
        )

    def log(self, line: str) -> None:
        """Append a line to the job's log."""
        self._host.log(line)

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled when a person has asked for the end."""
        self._host.raise_if_cancelled()

    def item_results(self) -> list[ItemResult]:
        """Return what earlier attempts have finished."""
        return self._host.item_results()

    def item_started(self, key: str, unit: str) -> None:
        """Commit an intent."""
        self._host.item_started(key, unit)

    def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
        """Commit an outcome."""
        self._host.item_finished(result, unit, is_effect=is_effect)

    def items_total(self, total: int) -> None:
        """Tell how many items there are."""
        self._host.items_total(total)

    def artifact_saved(self, name: str, media_type: str) -> None:
        """Record a file that is in its place."""
        self._host.artifact_saved(name, media_type)
