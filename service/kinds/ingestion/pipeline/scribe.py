"""Write documents into the library in their order, several with one commit, while the job commits its items.

A thread of its own: waiting for the disk twice, once for the library and once for the item, would be most of
the time that small documents take.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final

from service.kinds.ingestion.library.port import Library, Reading
from service.kinds.ingestion.pipeline.meter import Meter
from service.kinds.ingestion.pipeline.pool import Work
from service.model.errors import JobError

MOST_AT_ONCE: Final = 16
_LOOK_SECONDS: Final = 0.2


class Scribe:
    """One writer. Works are written in the order in which they were submitted; `written` is set when one is."""

    def __init__(self, library: Library, meter: Meter, read: Callable[[Work], Reading]) -> None:
        self._library = library
        self._meter = meter
        self._read = read
        self._line: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="scribe", daemon=True)
        self.error: BaseException | None = None
        """What ended the thread before its time; the job cannot go on."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Put a document in line for writing, once it has been through the workers."""
        self._line.put(work)

    def stop(self) -> None:
        """End after the transaction that is under way."""
        self._stopping.set()
        self._line.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        next_one: Work | None = None
        try:
            while not self._stopping.is_set():
                work = next_one or self._line.get()
                if work is None:
                    return
                if not work.finished.wait(_LOOK_SECONDS):
                    next_one = work
                    continue
                group, next_one = self._group(work)
                self._write([each for each in group if each.error is None])
                for each in group:
                    each.written.set()
        except BaseException as error:  # a full disk, a damaged file: the job itself must hear of it
            self.error = error

    def _group(self, first: Work) -> tuple[list[Work], Work | None]:
        """Return the works that are ready one after the other, and the first that is not."""
        group = [first]
        while len(group) < MOST_AT_ONCE:
            try:
                work = self._line.get_nowait()
            except queue.Empty:
                return group, None
            if work is None or not work.finished.is_set():
                return group, work
            group.append(work)
        return group, None

    def _write(self, works: Sequence[Work]) -> None:
        if not works:
            return
        readings = [self._read(work) for work in works]
        with self._meter.writing(len(works)):
            found = self._library.write_all(readings)
        for work, reading, written in zip(works, readings, found, strict=True):
            work.release_contents()
            work.document = reading.document
            if isinstance(written, JobError):
                work.fail(written)
                continue
            work.outcome = written
            self._meter.written(
                work.tracked,
                entities=written.entities,
                relations=written.relations,
                graph=written.graph_writes,
                vectors=written.vectors,
            )
