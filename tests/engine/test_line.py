"""The line agrees with a plain list, whatever happens to it."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.engine.estimate import Estimator
from service.engine.line import RANK_GAP, Line
from service.engine.positions import EXACT_AHEAD, Clockwork
from service.model.accounts import Viewer
from service.storage.port import Waiting

WHOSE: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("ann", None),
    ("bob", None),
    ("bob", "paula"),
    (None, "peter"),
    ("paula", None),
)
VIEWERS = (Viewer("ann"), Viewer("paula", frozenset({"paula"})), Viewer("bob", frozenset({"paula", "peter"})))


class LineAgainstList(RuleBasedStateMachine):
    """Every operation is done to a Line and to a list; order and positions stay the same."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.model: list[str] = []
        self.reserved: set[str] = set()
        self.count = 0

    def _name(self) -> str:
        self.count += 1
        return f"j{self.count}"

    @staticmethod
    def _whose(name: str) -> tuple[str | None, str | None]:
        return WHOSE[int(name[1:]) % len(WHOSE)]

    @rule()
    def reserve_back(self) -> None:
        name = self._name()
        self.line.reserve_back(name, "main", "k", 10, *self._whose(name))
        self.model.append(name)
        self.reserved.add(name)

    @rule()
    def reserve_front(self) -> None:
        name = self._name()
        self.line.reserve_front(name, "main", "k", 10, *self._whose(name))
        self.model.insert(0, name)
        self.reserved.add(name)

    @rule(pick=st.integers(min_value=0))
    def settle(self, pick: int) -> None:
        if self.model:
            name = self.model[pick % len(self.model)]
            self.line.settle(name)
            self.reserved.discard(name)

    @rule(pick=st.integers(min_value=0))
    def remove(self, pick: int) -> None:
        if self.model:
            name = self.model.pop(pick % len(self.model))
            assert self.line.remove(name) == "main"
            self.reserved.discard(name)

    @rule(pick=st.integers(min_value=0), to=st.integers(min_value=-3, max_value=30))
    def move(self, pick: int, to: int) -> None:
        if self.model:
            name = self.model.pop(pick % len(self.model))
            self.model.insert(max(0, min(to - 1, len(self.model))), name)
            move = self.line.move(name, to)
            assert move is not None
            assert name in move.ranks

    @rule()
    def move_to_and_fro_until_the_gaps_are_used_up(self) -> None:
        for _ in range(50):
            if len(self.model) > 2:
                name = self.model.pop()
                self.model.insert(1, name)
                self.line.move(name, 2)

    @rule()
    def reload_from_what_the_database_would_hold(self) -> None:
        waiting = [self.line.get(name) for name in self.model]
        self.line = Line([job for job in waiting if job is not None])
        self.reserved.clear()

    @invariant()
    def the_same_order_and_positions(self) -> None:
        assert [job.job_id for job in self.line.first("main", 10_000)] == self.model
        assert [self.line.position(name) for name in self.model] == list(range(1, len(self.model) + 1))
        assert (self.line.count("main"), len(self.line)) == (len(self.model), len(self.model))
        assert sum(self.line.buckets("main").values()) == len(self.model)

    @invariant()
    def each_viewer_finds_their_own_jobs_in_order(self) -> None:
        for viewer in VIEWERS:
            own = [name for name in self.model if viewer.may_see(*self._whose(name))]
            assert [job.job_id for job in self.line.seen("main", viewer, 10_000)] == own
            assert [job.job_id for job in self.line.seen("main", viewer, 2)] == own[:2]

    @invariant()
    def only_a_committed_job_is_next(self) -> None:
        first = self.model[0] if self.model else None
        assert self.line.head("main") == (None if first in self.reserved else first)


TestLine = LineAgainstList.TestCase
TestLine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_move_writes_one_row_while_there_is_room() -> None:
    line = Line([Waiting(f"j{n}", "main", n * RANK_GAP, "k", 0) for n in range(1000)])
    moved = line.move("j999", 2)
    assert moved is not None
    assert list(moved.ranks) == ["j999"]
    assert line.position("j999") == 2


def test_lanes_do_not_mix() -> None:
    line = Line([Waiting("a", "one", 5, "k", 0), Waiting("b", "two", 1, "k", 0)])
    assert (line.position("a"), line.position("b"), line.lanes()) == (1, 1, ["one", "two"])
    assert line.position("nobody") is None
    assert line.remove("nobody") is None
    assert line.move("nobody", 1) is None


def test_a_viewer_is_told_the_places_and_the_same_estimates_as_each_job_alone() -> None:
    count = EXACT_AHEAD + 200
    line = Line(
        [Waiting(f"j{n:04}", "main", n * RANK_GAP, "k", n % 3, *WHOSE[n % len(WHOSE)]) for n in range(count)]
    )
    clockwork = Clockwork(line, Estimator({"k": 2.0}), lambda: 0.0)
    told = clockwork.seen("main", Viewer("ann"), count)
    assert [place for place, _, _ in told] == list(range(2, count + 1, len(WHOSE)))
    for _, job, estimate in told:
        alone = clockwork.estimate_waiting(job)
        assert estimate.to_json() == alone.to_json()
    assert clockwork.seen("main", Viewer("nobody"), 10) == []
