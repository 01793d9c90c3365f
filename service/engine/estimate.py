"""When will it be my turn, when is it done: ranges from this machine's own history.

Runs of one kind and like size are taken for log-normal (their logarithms scatter evenly, which fits
durations far better than a normal curve: never below zero, with a long tail). A sum of them is
matched by its mean and variance (Fenton-Wilkinson).
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from service.engine.line import Bucket, size_bucket
from service.model.jobs import Range
from service.storage.port import Run

Z90 = 1.2815515594  # the standard normal quantile at 0.9
REMEMBERED_RUNS = 200
NEAREST_RUNS = 30
TRUSTED_RUNS = 8  # with fewer, the range is widened
SHARED_ERROR = 0.15  # what all jobs of a line are wrong by together (a busy machine): does not average out
LEAST_SECONDS = 0.05
SMALL_INPUT_BUCKET = size_bucket(256 << 10)


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds that something takes: mean and variance."""

    mean: float
    variance: float

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(self.mean + other.mean, self.variance + other.variance)

    def times(self, count: float) -> "Expected":
        """Return the sum of `count` independent ones."""
        return Expected(self.mean * count, self.variance * count)

    def to_range(self) -> Range:
        """Return the median and the 90th percentile of the log-normal with this mean and variance."""
        if self.mean <= 0:
            return Range(0.0, 0.0)
        variance = self.variance + (SHARED_ERROR * self.mean) ** 2
        sigma = math.sqrt(math.log1p(variance / self.mean**2))
        median = self.mean / math.exp(sigma**2 / 2)
        return Range(median, median * math.exp(Z90 * sigma))


NOTHING = Expected(0.0, 0.0)


class Estimator:
    """Durations by kind and size. `typical_seconds` is the guess of a kind without history."""

    def __init__(self, typical_seconds: dict[str, float]) -> None:
        self._typical = typical_seconds
        self._runs: dict[str, deque[tuple[int, float]]] = defaultdict(lambda: deque(maxlen=REMEMBERED_RUNS))
        self._known: dict[Bucket, Expected] = {}

    def learn(self, runs: Iterable[Run]) -> None:
        """Take in finished runs, oldest first; only completed ones say how long the work takes."""
        for run in runs:
            if run.status == "completed":
                self._runs[run.kind].append(
                    (size_bucket(run.input_bytes), max(LEAST_SECONDS, run.ran_seconds))
                )
        self._known.clear()

    def expect(self, kind: str, input_bytes: int) -> Expected:
        """Return what a job of this kind and size will take, from start to end."""
        bucket = (kind, size_bucket(input_bytes))
        if bucket not in self._known:
            self._known[bucket] = self._compute(*bucket)
        return self._known[bucket]

    def expect_bucket(self, bucket: Bucket) -> Expected:
        """Return the same for a kind and size bucket."""
        return self.expect(bucket[0], (1 << bucket[1]) - 1)

    def remaining(self, kind: str, input_bytes: int, elapsed_seconds: float, percent: float) -> Expected:
        """Return what a running job has left, by its history at first and by its own pace later."""
        usual = self.expect(kind, input_bytes)
        # A job that has outlived its history will go on for a while: how long is then known by its age at best.
        by_history = max(usual.mean - elapsed_seconds, 0.1 * max(usual.mean, elapsed_seconds))
        share = min(1.0, max(0.0, percent / 100.0))
        if share <= 0.0:
            has_outlived = elapsed_seconds > usual.mean
            return Expected(by_history, max(usual.variance, by_history**2 if has_outlived else 0.0))
        by_pace = elapsed_seconds * (1.0 - share) / share
        longest = usual.mean + 2.0 * math.sqrt(usual.variance)
        trust = (1.0 - share) ** 2 * max(0.0, 1.0 - elapsed_seconds / longest)
        mean = trust * by_history + (1.0 - trust) * by_pace
        return Expected(mean, (0.5 * mean) ** 2)

    def _compute(self, kind: str, bucket: int) -> Expected:
        runs = self._runs.get(kind)
        if not runs:
            return _log_normal(math.log(self._typical.get(kind, 5.0)), 1.0)
        nearest = sorted(runs, key=lambda run: abs(run[0] - bucket))[:NEAREST_RUNS]
        # Beyond the sizes ever seen, time grows with size; within them the neighbours speak for themselves.
        # Of small inputs what was measured is the start and the end of a run: they say nothing about growth.
        largest = max(SMALL_INPUT_BUCKET, *(size for size, _ in nearest))
        stretch = (bucket - largest) * math.log(2.0) if bucket > largest + 1 else 0.0
        logs = [math.log(seconds) + stretch for _, seconds in nearest]
        center = sorted(logs)[len(logs) // 2]
        spread = math.sqrt(sum((value - center) ** 2 for value in logs) / len(logs))
        doubt = 0.7 * max(0.0, 1.0 - len(logs) / TRUSTED_RUNS)
        return _log_normal(center, max(0.05, math.hypot(spread, doubt, 0.2 * stretch)))


def _log_normal(center: float, sigma: float) -> Expected:
    mean = math.exp(center + sigma**2 / 2)
    return Expected(mean, mean**2 * math.expm1(sigma**2))
