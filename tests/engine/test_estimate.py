"""Estimates: learned from history, never narrower than it allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.estimate import NOTHING, Estimator, Expected
from service.storage.port import Run


def runs(*seconds: float, kind: str = "k", size: int = 1000, status: str = "completed") -> list[Run]:
    return [Run(kind, status, size, 0.0, ran, 0.0) for ran in seconds]


def test_without_history_the_guess_of_the_kind_is_used_with_a_wide_range() -> None:
    told = Estimator({"k": 10.0}).expect("k", 1000).to_range()
    assert told.p50 == pytest.approx(10.0, rel=0.05)
    assert told.p90 > 2.5 * told.p50


def test_history_moves_the_median_and_narrows_the_range() -> None:
    estimator = Estimator({"k": 1.0})
    estimator.learn(runs(*[60.0, 61.0, 59.0, 60.5] * 5))
    told = estimator.expect("k", 1000).to_range()
    assert told.p50 == pytest.approx(60.0, rel=0.05)
    assert told.p90 < 1.4 * told.p50


def test_failed_runs_say_nothing_about_durations() -> None:
    estimator = Estimator({"k": 10.0})
    estimator.learn(runs(0.1, 0.1, status="failed"))
    assert estimator.expect("k", 0).to_range().p50 > 5


def test_a_larger_input_than_ever_seen_takes_longer() -> None:
    estimator = Estimator({})
    estimator.learn(runs(*[2.0] * 10, size=1 << 20))
    assert estimator.expect("k", 1 << 25).mean > 10 * estimator.expect("k", 1 << 20).mean


def test_runs_of_almost_nothing_do_not_make_days_of_a_larger_input() -> None:
    estimator = Estimator({})
    estimator.learn(runs(*[0.1] * 10, size=1))
    told = estimator.expect("k", 20 << 20).to_range()
    assert 0.1 < told.p50 < 20
    assert told.p90 > 2 * told.p50  # nobody knows
    assert estimator.expect("k", 100 << 10).to_range().p50 == pytest.approx(0.1, rel=0.2)


def test_the_nearest_sizes_speak() -> None:
    estimator = Estimator({})
    estimator.learn(runs(*[1.0] * 40, size=1 << 10))
    estimator.learn(runs(*[100.0] * 40, size=1 << 30))
    assert estimator.expect("k", 1 << 10).to_range().p50 == pytest.approx(1.0, rel=0.1)
    assert estimator.expect("k", 1 << 30).to_range().p50 == pytest.approx(100.0, rel=0.1)


def test_a_running_job_is_measured_by_its_own_pace_as_it_goes() -> None:
    estimator = Estimator({"k": 10.0})
    late = estimator.remaining("k", 0, elapsed_seconds=90.0, percent=90.0)
    assert late.mean == pytest.approx(10.0, rel=0.1)
    assert estimator.remaining("k", 0, elapsed_seconds=3.0, percent=0.0).mean < estimator.expect("k", 0).mean


def test_a_running_job_that_has_outlived_its_history_is_not_always_about_to_end() -> None:
    estimator = Estimator({})
    estimator.learn(runs(*[0.1] * 30))
    silent = estimator.remaining("k", 1000, elapsed_seconds=60.0, percent=0.0).to_range()
    assert silent.p50 > 3
    assert silent.p90 > 2 * silent.p50
    for elapsed, percent, left in ((1.0, 1.0, 99.0), (10.0, 10.0, 90.0), (50.0, 50.0, 50.0)):
        told = estimator.remaining("k", 1000, elapsed_seconds=elapsed, percent=percent)
        assert told.mean == pytest.approx(left, rel=0.1)


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=50), st.integers(0, 1 << 40))
def test_a_range_is_never_upside_down_and_sums_grow(seconds: list[float], size: int) -> None:
    estimator = Estimator({})
    estimator.learn(runs(*seconds))
    one = estimator.expect("k", size)
    told, twice = one.to_range(), (one + one).to_range()
    assert 0 < told.p50 <= told.p90
    assert twice.p50 > told.p50
    assert (NOTHING + one) == one


def test_nothing_takes_no_time() -> None:
    assert Expected(0.0, 0.0).to_range().p90 == 0.0
