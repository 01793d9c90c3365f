"""Wait for a call that lets others run (a socket, CTranslate2) and see a cancel meanwhile."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from service.kinds.sessions.engines.port import WAIT_SECONDS, Check

T = TypeVar("T")


class _Outcome(Generic[T]):
    value: T
    error: BaseException | None = None


def watched(call: Callable[[], T], check: Check) -> T:
    """Return what `call` returns from a thread of its own; `check` may raise meanwhile, and the thread is left behind.

    A job that is cancelled ends with its process, so nothing of the thread survives.
    """
    outcome: _Outcome[T] = _Outcome()
    is_over = threading.Event()

    def run() -> None:
        try:
            outcome.value = call()
        except BaseException as error:  # raised again below, in the thread that waits
            outcome.error = error
        finally:
            is_over.set()

    thread = threading.Thread(target=run, name="engine-call", daemon=True)
    thread.start()
    while not is_over.wait(WAIT_SECONDS):
        check()
    thread.join()
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
