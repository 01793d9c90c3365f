"""What a store can tell of all that was done; a part of the Store of port.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from service.model.accounts import Viewer
from service.model.statistics import RunQuantiles


class Statistics(Protocol):
    """Counts and durations over many jobs, which outlive the jobs themselves.

    With a `viewer` they are of the jobs that are still there and that this one may see.
    """

    async def stats(self, since: float, viewer: Viewer | None = None) -> Sequence[Mapping[str, Any]]:
        """Return counts, waiting and running seconds by day, kind and status."""
        ...

    async def run_quantiles(self, since: float, viewer: Viewer | None = None) -> Sequence[RunQuantiles]:
        """Return the quantiles of completed runs: of all, of each kind, of each day, and of each kind on each day."""
        ...

    async def counts_by_status(self, viewer: Viewer | None = None) -> Mapping[str, int]:
        """Return how many jobs are in each status."""
        ...
