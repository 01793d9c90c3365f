"""The lanes: one runner each, and whether it takes jobs."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.engine.line import Line
from service.engine.positions import Clockwork
from service.engine.runner import LaneRunner
from service.model.accounts import Viewer
from service.model.errors import DeskError
from service.model.jobs import Estimate, JobView, Range
from service.storage.port import Store, Waiting

MAIN_LANE = "main"
STARTED_PAUSED = "started paused"
FIRST_TOLD = 50  # waiting jobs of a lane that a `queue` frame names: what a window shows of it


@dataclass(frozen=True, slots=True)
class LaneView:
    """One lane as people see it; `drains_in` says when it would be empty if nothing came."""

    name: str
    is_paused: bool
    pause_reason: str | None
    running: JobView | None
    waiting: int
    drains_in: Range | None

    def running_for(self, viewer: Viewer | None) -> JobView | None:
        """Return the running job if this viewer may see it."""
        view = self.running
        if view is None or viewer is None or viewer.may_see(view.job.owner, view.job.subject):
            return view
        return None


class Lanes:
    """Makes runners as lanes appear, starts and stops them, pauses and resumes them."""

    def __init__(
        self, store: Store, line: Line, clockwork: Clockwork, make_runner: Callable[[str], LaneRunner]
    ) -> None:
        self._store = store
        self._line = line
        self._clockwork = clockwork
        self._make_runner = make_runner
        self._runners: dict[str, LaneRunner] = {}
        self._is_moving = False

    def runner(self, lane: str) -> LaneRunner:
        """Return a lane's runner, made (and started) when it is new."""
        if lane not in self._runners:
            self._runners[lane] = self._make_runner(lane)
            if self._is_moving:
                self._runners[lane].start()
        return self._runners[lane]

    async def start(self, names: Sequence[str], startup_mode: str) -> None:
        """Begin to run jobs in these lanes and those that were known before, as the startup mode says."""
        stored = {state.name: state for state in await self._store.lanes()}
        for name in sorted({MAIN_LANE, *names, *stored, *self._line.lanes()}):
            runner, state = self.runner(name), stored.get(name)
            if startup_mode == "paused":
                await self._store.set_lane_paused(name, is_paused=True, reason=STARTED_PAUSED)
                runner.is_paused, runner.pause_reason = True, STARTED_PAUSED
            elif startup_mode == "as_left" and state is not None:
                runner.is_paused, runner.pause_reason = state.is_paused, state.pause_reason
            elif state is not None and state.is_paused:
                await self._store.set_lane_paused(name, is_paused=False, reason=None)
        for runner in self._runners.values():
            runner.start()
        self._is_moving = True

    async def stop(self) -> None:
        """Interrupt what runs and stop."""
        self._is_moving = False
        await asyncio.gather(*(runner.stop() for runner in self._runners.values()))

    async def set_paused(self, lane: str | None, *, is_paused: bool, reason: str | None) -> list[str]:
        """Pause or resume a lane, or all; return which. Raises `lane_not_found`."""
        if lane is not None and lane not in self._runners:
            raise DeskError(
                "lane_not_found", f"There is no lane {lane!r}.", remediation="GET /api/v1/queue lists them."
            )
        names = [lane] if lane is not None else list(self._runners)
        for name in names:
            await self._store.set_lane_paused(name, is_paused=is_paused, reason=reason)
            runner = self._runners[name]
            runner.is_paused, runner.pause_reason = is_paused, reason
            runner.ring()
        return names

    def views(self) -> list[LaneView]:
        """Return every lane."""
        views = []
        for name, runner in sorted(self._runners.items()):
            job = runner.job
            running = JobView(job, None, self._clockwork.estimate(job)) if job is not None else None
            drains_in = self._clockwork.drains_in(name)
            waiting = self._line.count(name)
            views.append(LaneView(name, runner.is_paused, runner.pause_reason, running, waiting, drains_in))
        return views

    def to_json(self, viewer: Viewer | None = None) -> dict[str, object]:
        """Return the data of the live `queue` frame: the lanes with the running job's id and the first that wait.

        To a viewer the jobs of others are nothing but the numbers `waiting`, `position` and `is_busy`.
        """
        return {
            "lanes": [
                {
                    "name": view.name,
                    "is_paused": view.is_paused,
                    "pause_reason": view.pause_reason,
                    "is_busy": view.running is not None,
                    "running": running.job.id if (running := view.running_for(viewer)) else None,
                    "waiting": view.waiting,
                    "estimate": view.drains_in.to_json() if view.drains_in else None,
                    "first": [
                        {"job_id": waiting.job_id, "position": position, "estimate": estimate.to_json()}
                        for position, waiting, estimate in self._first(view.name, viewer)
                    ],
                }
                for view in self.views()
            ]
        }

    def _first(self, lane: str, viewer: Viewer | None) -> list[tuple[int, Waiting, Estimate]]:
        if viewer is not None:
            return self._clockwork.seen(lane, viewer, FIRST_TOLD)
        first = self._clockwork.first(lane, FIRST_TOLD)
        return [(position, *told) for position, told in enumerate(first, 1)]
