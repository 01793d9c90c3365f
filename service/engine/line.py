"""The waiting line in memory: order and positions in O(log n). The database stays the truth."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from sortedcontainers import SortedList

from service.engine.own_places import OwnPlaces
from service.model.accounts import Viewer
from service.storage.port import Waiting

RANK_GAP = 1 << 20

Bucket = tuple[str, int]


def size_bucket(input_bytes: int) -> int:
    """Return the power of two that a size belongs to (0 for no input)."""
    return input_bytes.bit_length()


@dataclass(frozen=True, slots=True)
class Move:
    """What a move comes to: the new ranks to be written, one unless the lane had to be spaced anew."""

    lane: str
    ranks: dict[str, int]


class Line:
    """All lanes. A job is reserved before its row is committed, and may be taken only after."""

    def __init__(self, waiting: Iterable[Waiting] = ()) -> None:
        self._jobs: dict[str, Waiting] = {}
        self._order: dict[str, SortedList] = {}
        self._buckets: dict[str, Counter[Bucket]] = {}
        self._reserved: set[str] = set()
        self._own = OwnPlaces()
        for job in waiting:
            self._jobs[job.job_id] = job
            self._own.add(job)
            self._order.setdefault(job.lane, []).append((job.rank, job.job_id))
            self._buckets.setdefault(job.lane, Counter())[(job.kind, size_bucket(job.input_bytes))] += 1
        for lane, entries in self._order.items():
            self._order[lane] = SortedList(entries)

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def lanes(self) -> list[str]:
        """Return the lanes that have ever had a job."""
        return sorted(self._order)

    def count(self, lane: str) -> int:
        """Return how many jobs wait in a lane."""
        return len(self._order.get(lane, ()))

    def buckets(self, lane: str) -> Counter[Bucket]:
        """Return how many jobs wait in a lane by kind and size bucket."""
        return self._buckets.get(lane, Counter())

    def get(self, job_id: str) -> Waiting | None:
        """Return a waiting job."""
        return self._jobs.get(job_id)

    def position(self, job_id: str) -> int | None:
        """Return a job's place in its lane: 1 for the next to run, None when it does not wait."""
        job = self._jobs.get(job_id)
        if job is None:
            return None
        return int(self._order[job.lane].bisect_left((job.rank, job_id))) + 1

    def ahead(self, job_id: str, limit: int) -> list[Waiting] | None:
        """Return the jobs before this one, or None when there are more than `limit`."""
        position = self.position(job_id)
        if position is None or position - 1 > limit:
            return None
        return list(self.first(self._jobs[job_id].lane, position - 1))

    def first(self, lane: str, limit: int) -> Iterator[Waiting]:
        """Walk the first jobs of a lane in order."""
        yield from self.places(lane, 0, limit)

    def places(self, lane: str, after: int, limit: int) -> Iterator[Waiting]:
        """Walk the jobs of a lane in order, those behind the place `after`, at most `limit`."""
        for _, job_id in self._order.get(lane, SortedList())[after : after + limit]:
            yield self._jobs[job_id]

    def seen(self, lane: str, viewer: Viewer, limit: int) -> list[Waiting]:
        """Return the first jobs of a lane that a viewer may see, in order, at most `limit`."""
        return [self._jobs[job_id] for job_id in islice(self._own.first(lane, viewer), limit)]

    def head(self, lane: str) -> str | None:
        """Return the next job to run in a lane, unless its row is not committed yet."""
        order = self._order.get(lane)
        if not order:
            return None
        job_id: str = order[0][1]
        return None if job_id in self._reserved else job_id

    def reserve_back(
        self,
        job_id: str,
        lane: str,
        kind: str,
        input_bytes: int,
        owner: str | None = None,
        subject: str | None = None,
    ) -> Waiting:
        """Give a new job the last place of its lane; call `settle` or `remove` when its row is decided."""
        order = self._order.get(lane)
        rank = order[-1][0] + RANK_GAP if order else 0
        return self._reserve(Waiting(job_id, lane, rank, kind, input_bytes, owner, subject))

    def reserve_front(
        self,
        job_id: str,
        lane: str,
        kind: str,
        input_bytes: int,
        owner: str | None = None,
        subject: str | None = None,
    ) -> Waiting:
        """Give a job the first place of its lane."""
        order = self._order.get(lane)
        rank = order[0][0] - RANK_GAP if order else 0
        return self._reserve(Waiting(job_id, lane, rank, kind, input_bytes, owner, subject))

    def settle(self, job_id: str) -> None:
        """Let a reserved job be taken: its row is committed."""
        self._reserved.discard(job_id)

    def remove(self, job_id: str) -> str | None:
        """Take a job out of the line and return its lane; a job that is not there is no error."""
        job = self._jobs.pop(job_id, None)
        if job is None:
            return None
        self._reserved.discard(job_id)
        self._own.remove(job)
        self._order[job.lane].remove((job.rank, job_id))
        bucket = (job.kind, size_bucket(job.input_bytes))
        counts = self._buckets[job.lane]
        counts[bucket] -= 1
        if not counts[bucket]:
            del counts[bucket]
        return job.lane

    def move(self, job_id: str, position: int) -> Move | None:
        """Give a waiting job another position (1 is the front; beyond the end is the end); None if it does not wait.

        Ranks have gaps, so one row changes; when a gap is used up the whole lane is spaced anew.
        """
        job = self._jobs.get(job_id)
        if job is None:
            return None
        order = self._order[job.lane]
        order.remove((job.rank, job_id))
        index = max(0, min(position - 1, len(order)))
        rank = _between(
            order[index - 1][0] if index else None, order[index][0] if index < len(order) else None
        )
        if rank is None:
            ids = [other for _, other in order]
            ids.insert(index, job_id)
            ranks = {each: number * RANK_GAP for number, each in enumerate(ids)}
            order.clear()
        else:
            ranks = {job_id: rank}
        for each, new_rank in ranks.items():
            self._own.remove(self._jobs[each])
            self._jobs[each] = replace(self._jobs[each], rank=new_rank)
            self._own.add(self._jobs[each])
            order.add((new_rank, each))
        return Move(job.lane, ranks)

    def _reserve(self, job: Waiting) -> Waiting:
        self._jobs[job.job_id] = job
        self._own.add(job)
        self._reserved.add(job.job_id)
        self._order.setdefault(job.lane, SortedList()).add((job.rank, job.job_id))
        self._buckets.setdefault(job.lane, Counter())[(job.kind, size_bucket(job.input_bytes))] += 1
        return job


def _between(before: int | None, after: int | None) -> int | None:
    """Return a rank strictly between two, or None when there is no room."""
    if before is None:
        return 0 if after is None else after - RANK_GAP
    if after is None:
        return before + RANK_GAP
    middle = (before + after) // 2
    return middle if before < middle < after else None
