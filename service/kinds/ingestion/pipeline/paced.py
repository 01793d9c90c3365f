"""Between the job and its host: progress at most twice a second, and always the pipeline's own."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from service.kinds.base import Host, RelayingHost
from service.kinds.ingestion.pipeline.meter import Meter
from service.model.progress import Progress

REPORT_SECONDS: Final = 0.55


class PacedHost(RelayingHost):
    """A host that hands progress on when REPORT_SECONDS have passed; everything else at once."""

    def __init__(self, host: Host, meter: Meter, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(host)
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
