"""What holds for every test: a limit on each of its phases that nothing can outlast, and failures told at once."""

import faulthandler
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings

# `make test` makes the same examples every time: a change is judged by what it changes. `make fuzz` makes others.
settings.register_profile("patient", deadline=None)  # no test is about how fast this machine is
settings.register_profile("repeatable", parent=settings.get_profile("patient"), derandomize=True)
settings.load_profile("patient")

GRACE_S = 120.0  # for set-up and for teardown, and for a test's own limit (pytest-timeout) to work


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """End this process, with the stacks of all threads, when the block has not ended after so many seconds.

    pytest-timeout raises an exception in the test once, and is switched off by the first failure: a teardown that
    waits for ever, or the second try of a test, would have no limit. pytest-xdist reports a process that has ended
    as the failure of its test, and goes on with a new one.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _limit_s(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0] if marker is not None else item.config.getini("timeout"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with _ended_after(GRACE_S):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with _ended_after(_limit_s(item) + GRACE_S):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    with _ended_after(GRACE_S):
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that failed run once more, and the summary say so: with browsers and desks on two cores something
    is late now and then. One that fails twice has failed.
    """
    for item in items:
        item.add_marker(pytest.mark.flaky(reruns=1))


class TellFailuresAtOnce:
    """Write a failure out when it happens: a run that is cut off later has then said what it found."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the place and the last line of a failed or repeated phase."""
        if report.outcome not in {"failed", "rerun"}:
            return
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        crash = getattr(report.longrepr, "reprcrash", None)
        said = str(crash.message if crash is not None else report.longreprtext).strip()
        reporter.ensure_newline()
        reporter.write_line(f"{report.outcome} ({report.when}, {report.duration:.0f} s): {report.nodeid}")
        reporter.write_line("    " + said[-600:].replace("\n", "\n    "))


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that writes to the terminal
        config.pluginmanager.register(TellFailuresAtOnce(config), "tell-failures-at-once")
