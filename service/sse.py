"""Read an event stream as bytes arrive: the parser of WHATWG HTML, 9.2.6, without a connection around it."""

import codecs
import re
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")
MAX_EVENT_CHARACTERS = 64 << 20


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event. `last_id` is the last id seen up to here, which is not always this event's own."""

    name: str
    data: str
    last_id: str
    has_own_id: bool = False


class EventParser:
    """Fed with chunks cut anywhere, gives the events that are complete.

    `last_id` and `retry_milliseconds` are what the stream has told so far (empty and None at first).
    Raises ValueError for an event of more than `max_characters`.
    """

    def __init__(self, max_characters: int = MAX_EVENT_CHARACTERS) -> None:
        self.last_id = ""
        self.retry_milliseconds: int | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_at_start = True
        self._ended_on_cr = False
        self._line: list[str] = []
        self._data: list[str] = []
        self._name = ""
        self._has_id = False
        self._size = 0
        self._max = max_characters

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes and return the events they complete, often none."""
        text = self._decoder.decode(chunk)
        if not text:
            return []
        if self._is_at_start:
            self._is_at_start = False
            text = text.removeprefix("\ufeff")
        if self._ended_on_cr and text.startswith("\n"):
            text = text[1:]  # the second half of a CRLF that was cut in two
            self._ended_on_cr = False
        if text:
            self._ended_on_cr = text.endswith("\r")
        *lines, rest = _LINE_END.split(text)
        events = []
        for line in lines:
            event = self._end_line(line)
            if event is not None:
                events.append(event)
        self._grow(len(rest))
        if rest:
            self._line.append(rest)
        return events

    def _end_line(self, end: str) -> ServerSentEvent | None:
        line = "".join((*self._line, end))
        self._line.clear()
        if not line:
            return self._dispatch()
        self._grow(len(end) + 1)
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
            self._has_id = True
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_milliseconds = int(value[:9])

    def _dispatch(self) -> ServerSentEvent | None:
        event = None
        if self._data:
            data = "\n".join(self._data)
            event = ServerSentEvent(self._name or "message", data, self.last_id, self._has_id)
        self._data.clear()
        self._name, self._has_id, self._size = "", False, 0
        return event

    def _grow(self, characters: int) -> None:
        self._size += characters
        if self._size > self._max:
            raise ValueError(f"an event of more than {self._max} characters")
