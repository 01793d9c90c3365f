"""The child's side of a job's context: what a kind says becomes messages, and a cancel becomes an exception."""

import threading
import time
from typing import Any, Final

from service.engine.protocol import Channel, FrameError, Message
from service.kinds.base import Cancelled, ItemResult
from service.model.errors import DeskError, JobError
from service.model.progress import Progress

PROGRESS_SECONDS: Final = 0.05  # a loop that reports a million times must not send a million messages
MAX_LINE_CHARACTERS: Final = 4096
MAX_LOG_LINES: Final = 1000  # in one call of log()
STOPPING_CODES: Final = frozenset({"conflict", "stale_attempt"})


class Refused(Cancelled):
    """The store no longer takes what this attempt says: the job has moved on, so the run must end."""


class ChannelHost:
    """A `Host` that speaks over the channel, from any thread of the process that runs the kind."""

    def __init__(self, channel: Channel, run: int) -> None:
        self.is_cancel_asked = False
        self.was_cancel_seen = False
        self._channel = channel
        self._run = run
        self._is_refused = False
        self._sequence = 0
        self._lock = threading.Lock()
        self._listening = threading.Lock()  # whoever holds it takes what comes; a reply must not be stolen
        self._newest: Progress | None = None
        self._sent_at = 0.0
        self._timer: threading.Timer | None = None

    def report(self, progress: Progress) -> None:
        """Send the newest progress, at most every PROGRESS_SECONDS; the last one always arrives."""
        with self._lock:
            self._newest = progress
            wait = self._sent_at + PROGRESS_SECONDS - time.monotonic()
            if wait > 0:
                if self._timer is None:
                    self._timer = threading.Timer(wait, self._send_late)
                    self._timer.daemon = True
                    self._timer.start()
                return
            self._send_newest()

    def log(self, line: str) -> None:
        """Send what is logged, line by line, each bounded in length."""
        lines = str(line).splitlines() or [""]
        for one in lines[:MAX_LOG_LINES]:
            self._channel.send({"type": "log", "line": one[:MAX_LINE_CHARACTERS]})

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled when a cancel has come, and again at every later call."""
        if not self.is_cancel_asked and self._listening.acquire(blocking=False):
            try:
                while not self.is_cancel_asked and self._channel.has_news():
                    self._take(self._channel.receive())
            finally:
                self._listening.release()
        if self.is_cancel_asked:
            self.was_cancel_seen = True
            raise Refused if self._is_refused else Cancelled

    def item_results(self) -> list[ItemResult]:
        """Fetch what earlier attempts have finished, a bounded page at a time."""
        results: list[ItemResult] = []
        while True:
            page = self._ask({"type": "item_results", "after": len(results)})
            results += [ItemResult(*fields) for fields in page["results"]]
            if page["is_last"]:
                return results

    def items_total(self, total: int) -> None:
        """Tell the number of items."""
        self._ask({"type": "items_total", "total": total})

    def item_started(self, key: str, unit: str) -> None:
        """Have an intent committed."""
        self._ask({"type": "item_started", "key": key, "unit": unit})

    def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
        """Have an outcome committed."""
        fields = [result.key, result.status, result.output, result.code, result.message]
        self._ask({"type": "item_finished", "result": fields, "unit": unit, "is_effect": is_effect})

    def artifact_saved(self, name: str, media_type: str) -> None:
        """Have a file recorded."""
        self._ask({"type": "artifact_saved", "name": name, "media_type": media_type})

    def close(self) -> None:
        """Send the last progress and stop the timer: the run is over."""
        with self._lock:
            timer, self._timer = self._timer, None
            if self._newest is not None:
                self._send_newest()
        if timer is not None:
            timer.cancel()
            timer.join()

    def _send_late(self) -> None:
        with self._lock:
            if self._timer is threading.current_thread():
                self._timer = None
                if self._newest is not None:
                    self._send_newest()

    def _send_newest(self) -> None:
        progress, self._newest = self._newest, None
        self._sent_at = time.monotonic()
        if progress is not None:
            self._channel.send({"type": "progress", "progress": progress.to_json()})

    def _ask(self, message: Message) -> Any:
        """Send a request and wait for its reply. Raises what the service answered, or Refused."""
        if self._is_refused:
            raise Refused
        with self._listening:
            self._sequence += 1
            try:
                self._channel.send({**message, "seq": self._sequence})
            except FrameError as error:
                raise JobError("output_not_json", f"This cannot be kept: {error}") from error
            reply = self._reply(self._sequence)
        refusal = reply.get("error")
        if refusal is not None:
            raise self._refusal(refusal)
        return reply.get("value")

    def _reply(self, sequence: int) -> Message:
        while True:
            message = self._channel.receive()
            if message is not None and message["type"] == "reply" and message["seq"] == sequence:
                return message
            self._take(message)
            if message is None:
                raise Cancelled

    def _take(self, message: Message | None) -> None:
        if message is None or (message["type"] == "cancel" and message.get("run") == self._run):
            self.is_cancel_asked = True  # a service that is gone cannot be worked for

    def _refusal(self, error: dict[str, Any]) -> BaseException:
        if error["code"] in STOPPING_CODES:
            self._is_refused = self.is_cancel_asked = self.was_cancel_seen = True
            return Refused()
        return DeskError(
            error["code"],
            error["message"],
            remediation=error.get("remediation"),
            retriable=bool(error.get("retriable")),
        )
