"""Where in the line the jobs are that a viewer may see: found without a walk past everybody else's."""

import heapq
from collections.abc import Iterator

from sortedcontainers import SortedList

from service.model.accounts import Viewer
from service.storage.port import Waiting

Key = tuple[str, bool, str]


class OwnPlaces:
    """The waiting jobs of each lane by who decides over them: the person they are about, else their owner.

    Jobs that are nobody's (accounts are off) cost nothing here.
    """

    def __init__(self) -> None:
        self._order: dict[Key, SortedList] = {}

    def add(self, job: Waiting) -> None:
        """File a job."""
        key = _key(job)
        if key is not None:
            self._order.setdefault(key, SortedList()).add((job.rank, job.job_id))

    def remove(self, job: Waiting) -> None:
        """Take a job out that is filed with this rank."""
        key = _key(job)
        if key is None:
            return
        order = self._order[key]
        order.remove((job.rank, job.job_id))
        if not order:
            del self._order[key]

    def first(self, lane: str, viewer: Viewer) -> Iterator[str]:
        """Walk the ids of the jobs of a lane that a viewer may see, in order."""
        keys = [(lane, False, viewer.owner), *((lane, True, subject) for subject in viewer.subjects)]
        for _, job_id in heapq.merge(*(self._order[key] for key in keys if key in self._order)):
            yield job_id


def _key(job: Waiting) -> Key | None:
    if job.subject is not None:
        return job.lane, True, job.subject
    return (job.lane, False, job.owner) if job.owner is not None else None
