"""Bounded fan-out: each event is encoded once for each dialect, streams read a shared log by cursor.

Durable events are kept in order in a bounded log; a stream whose cursor is older than the log's floor
reads the database instead. Live frames are latest-wins: only the newest of each name and job exists.
Nobody's slowness costs memory: a stream holds a number, never a queue.
"""

import asyncio
import itertools
from collections import OrderedDict, defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from service.engine.entry import EVERYTHING, Entry, Redacted
from service.engine.subscription import Subscription
from service.engine.words import canonical, encode
from service.kinds.base import Dialect
from service.model.accounts import Viewer
from service.model.events import DELETED, TERMINAL_EVENTS, Cursor, Event
from service.storage.port import EventScope

__all__ = ["EVERYTHING", "Hub", "Subscription"]

LIVE_INTERVAL_SECONDS = 0.25  # at most four live frames a second for each name and job
GATHER_SECONDS = 0.005  # events that come faster than this go out together: one write instead of many


class Hub:
    """The one place events pass on their way from the store to the streams."""

    def __init__(self, epoch: str, head: int, *, max_entries: int = 10_000, max_bytes: int = 8 << 20) -> None:
        self.epoch = epoch
        self.head = head
        self.floor = head
        self.is_closing = False
        self.delivered = 0
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._log: deque[Entry] = deque()
        self._by_topic: dict[str, deque[Entry]] = defaultdict(deque)
        self._streams: dict[str, set[Subscription]] = defaultdict(set)
        self._live: dict[str, OrderedDict[tuple[str, str], Entry]] = defaultdict(OrderedDict)
        self._live_number = itertools.count(1)
        self._live_sent: dict[tuple[str, str], float] = {}
        self._live_waiting: dict[tuple[str, str], Entry] = {}
        self._is_ringing = False
        self._ring_again: set[Subscription] = set()

    # --- streams ---
    def subscribe(
        self, scope: EventScope, dialect: Dialect = canonical, cursor: int | None = None
    ) -> Subscription:
        """Register a stream at a cursor (the head when None). Nothing committed later can be missed by it."""
        live = self.newest_live()
        stream = Subscription(scope, dialect, self.head if cursor is None else cursor, live)
        self._streams[stream.topic].add(stream)
        if self.is_closing:
            stream.bell.set()
        return stream

    def unsubscribe(self, stream: Subscription) -> None:
        """Forget a stream."""
        self._ring_again.discard(stream)
        streams = self._streams.get(stream.topic)
        if streams is not None:
            streams.discard(stream)
            if not streams:
                del self._streams[stream.topic]

    def stream_count(self) -> int:
        """Return how many streams are open."""
        return sum(len(streams) for streams in self._streams.values())

    def is_watched(self, topic: str) -> bool:
        """Whether a stream of this job or batch (or `EVERYTHING`) is open."""
        return topic in self._streams

    def watched(self) -> list[str]:
        """Return the jobs and batches that have a stream of their own."""
        return [topic for topic in self._streams if topic != EVERYTHING]

    def is_behind(self, stream: Subscription) -> bool:
        """Whether the log no longer reaches back to this stream's cursor: it has to read the database."""
        return stream.cursor < self.floor

    def newest_live(self) -> int:
        """Return the number of the newest live frame."""
        live = self._live.get(EVERYTHING)
        return next(reversed(live.values())).number if live else 0

    def collect(self, stream: Subscription, limit_bytes: int = 256 << 10) -> bytes:
        """Return what a stream has not had yet, at most about `limit_bytes`, and move its cursor.

        The stream must not be behind (see `is_behind`). One with a viewer passes over what that one may not see.
        """
        chunks: list[bytes] = []
        size = 0
        entries = _after(self._by_topic.get(stream.topic, ()), stream.cursor)
        if stream.viewer is not None:
            entries = _seen(entries, stream.viewer)
        for entry in entries:
            stream.cursor = entry.number
            is_end = _ends(stream.scope, entry.name)
            if is_end and entry.number <= stream.ends_above:
                continue
            chunks.append(entry.encoded(stream.dialect))
            size += len(chunks[-1])
            if is_end:
                stream.has_ended = True
                break
            if size > limit_bytes:
                stream.bell.set()
                break
        else:
            stream.cursor = max(stream.cursor, self.head)
            if stream.may_take_live():
                live = _after(self._live.get(stream.topic, OrderedDict()).values(), stream.live_seen)
                if live:
                    chunks += _told_live(stream, live)
        self.delivered += len(chunks)
        return b"".join(chunks)

    def encode_stored(self, stream: Subscription, events: Sequence[Event]) -> bytes:
        """Return the frames of events read from the database, and move the cursor."""
        chunks = []
        for event in events:
            stream.cursor = event.number
            if stream.viewer is not None and not stream.viewer.may_see(event.owner, event.subject):
                continue
            is_end = _ends(stream.scope, event.name)
            if is_end and event.number <= stream.ends_above:
                continue
            cursor = str(Cursor(self.epoch, event.number))
            chunks.append(encode(stream.dialect, event.name, event.data, cursor))
            if is_end:
                stream.has_ended = True
                break
        self.delivered += len(chunks)
        return b"".join(chunks)

    # --- events ---
    def publish(self, events: Sequence[Event]) -> None:
        """Hand on committed events, in the order of their numbers."""
        touched: set[str] = set()
        for event in events:
            entry = Entry(
                event.number,
                event.name,
                event.data,
                event.job_id,
                event.batch_id,
                f"{self.epoch}-{event.number}",
                event.owner,
                event.subject,
            )
            entry.size_bytes = len(entry.encoded(canonical))
            self.head = event.number
            self._append(entry)
            touched.update(entry.topics())
            if event.job_id is not None and (event.name in TERMINAL_EVENTS or event.name == DELETED):
                self._forget_live(event.job_id, event.batch_id)
        self._trim()
        self._ring(touched)

    def tell_live(
        self,
        name: str,
        job_id: str | None,
        data: Mapping[str, Any],
        batch_id: str | None = None,
        *,
        owner: str | None = None,
        subject: str | None = None,
        redacted: Redacted | None = None,
    ) -> None:
        """Offer a live frame; of several in a quarter of a second only the newest goes out.

        Viewers hear of it if the owner and subject let them, or what `redacted` tells them.
        """
        key = (job_id or "", name)
        entry = Entry(0, name, data, job_id, batch_id, None, owner, subject, redacted)
        loop = asyncio.get_running_loop()
        wait = self._live_sent.get(key, 0.0) + LIVE_INTERVAL_SECONDS - loop.time()
        if wait <= 0 and key not in self._live_waiting:
            self._send_live(key, entry)
            return
        if key not in self._live_waiting:
            loop.call_later(max(0.0, wait), self._flush_live, key)
        self._live_waiting[key] = entry

    def close(self) -> None:
        """Tell every stream to say `bye` and end; new ones end at once."""
        self.is_closing = True
        for streams in self._streams.values():
            for stream in streams:
                stream.bell.set()

    # --- inside ---
    def _append(self, entry: Entry) -> None:
        self._log.append(entry)
        self._bytes += entry.size_bytes
        for topic in entry.topics():
            self._by_topic[topic].append(entry)

    def _trim(self) -> None:
        floor = self.floor
        while len(self._log) > self._max_entries or (self._bytes > self._max_bytes and len(self._log) > 1):
            oldest = self._log.popleft()
            self._bytes -= oldest.size_bytes
            self.floor = oldest.number
            for topic in oldest.topics():
                entries = self._by_topic[topic]
                entries.popleft()
                if not entries:
                    del self._by_topic[topic]
        if self.floor > floor:
            for streams in list(self._streams.values()):
                for stream in list(streams):
                    if stream.is_writing and stream.cursor < self.floor:
                        stream.abort()  # it stands in a write and has fallen off the log: it resumes by its cursor

    def _flush_live(self, key: tuple[str, str]) -> None:
        waiting = self._live_waiting.pop(key, None)
        if waiting is not None:
            self._send_live(key, waiting)

    def _send_live(self, key: tuple[str, str], entry: Entry) -> None:
        self._live_sent[key] = asyncio.get_running_loop().time()
        entry.number = next(self._live_number)
        touched = list(entry.topics())
        for topic in touched:
            live = self._live[topic]
            live[key] = entry
            live.move_to_end(key)
        self._ring(touched)

    def _forget_live(self, job_id: str, batch_id: str | None) -> None:
        self._live.pop(job_id, None)
        for key in [key for key in self._live_sent if key[0] == job_id]:
            del self._live_sent[key]
            self._live_waiting.pop(key, None)
            for topic in (EVERYTHING, batch_id):
                if topic in self._live:
                    self._live[topic].pop(key, None)
        if batch_id in self._live and not self._live[batch_id]:
            del self._live[batch_id]

    def _ring(self, topics: "set[str] | list[str]") -> None:
        """Wake the streams: at once after a quiet moment, then at most every few milliseconds, with all that came."""
        waked = [stream for topic in topics for stream in self._streams.get(topic, ())]
        if self._is_ringing:
            self._ring_again.update(waked)
            return
        for stream in waked:
            stream.bell.set()
        if waked:
            self._is_ringing = True
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._ring_gathered)

    def _ring_gathered(self) -> None:
        self._is_ringing = bool(self._ring_again)
        if not self._is_ringing:
            return
        waked, self._ring_again = self._ring_again, set()
        for stream in waked:
            stream.bell.set()
        asyncio.get_running_loop().call_later(GATHER_SECONDS, self._ring_gathered)


def _after(entries: Any, number: int) -> list[Entry]:
    """Return the entries above a number, oldest first; they are few, so the walk starts at the newest."""
    found = list(itertools.takewhile(lambda entry: entry.number > number, reversed(entries)))
    found.reverse()
    return found


def _told_live(stream: Subscription, live: list[Entry]) -> list[bytes]:
    """Return the frames of newer live entries, as this stream may hear them."""
    stream.live_seen = live[-1].number
    viewer = stream.viewer
    if viewer is None:
        chunks = [entry.encoded(stream.dialect) for entry in live]
    else:
        chunks = [entry.encoded_for(stream.dialect, viewer) for entry in _seen(live, viewer)]
    if chunks:
        stream.live_at = asyncio.get_running_loop().time()
    return chunks


def _seen(entries: list[Entry], viewer: Viewer) -> list[Entry]:
    return [entry for entry in entries if entry.is_for(viewer)]


def _ends(scope: EventScope, name: str) -> bool:
    if scope.job_id is not None:
        return name in TERMINAL_EVENTS or name == DELETED
    return scope.batch_id is not None and name == "batch_completed"
