"""Read, embed and find names in parallel: readers feed a bounded queue, workers empty it, order is kept by the walk."""

import contextlib
import queue
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from service.kinds.ingestion.documents import Chunk, Document, Fault, Mark
from service.kinds.ingestion.embeddings.choose import Model
from service.kinds.ingestion.library.port import Vectors, Written
from service.kinds.ingestion.names.candidates import ChunkNames, find_candidates
from service.kinds.ingestion.pipeline.documents import Entry
from service.kinds.ingestion.pipeline.meter import Meter, Tracked, Worker
from service.kinds.ingestion.pipeline.reader import Reader
from service.model.errors import JobError

QUEUE_BATCHES: Final = 16
"""How many batches may wait for a worker; readers stop when it is full, so memory stays bounded."""
_LOOK_SECONDS: Final = 0.2
_STOPPING_CODES: Final = frozenset({"embedding_unreachable", "model_unreadable", "model_not_found"})


@dataclass
class Work:
    """One document: `finished` is set when the workers are done with it, `written` when the library has it."""

    entry: Entry
    tracked: Tracked
    chunks: list[Chunk] = field(default_factory=list)
    vectors: dict[int, Vectors] = field(default_factory=dict)
    names: list[ChunkNames] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    about: dict[str, Any] | None = None
    error: JobError | None = None
    outcome: Written | None = None
    """What writing it did, when `written` is set and there is no error."""
    document: Document | None = None
    finished: threading.Event = field(default_factory=threading.Event)
    written: threading.Event = field(default_factory=threading.Event)
    _open: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def release_contents(self) -> None:
        """Let go of what is in the library now; the document may wait for its turn yet."""
        self.chunks, self.names, self.vectors = [], [], {}

    def hold(self) -> None:
        """Say that one more batch is under way."""
        with self._lock:
            self._open += 1

    def release(self) -> None:
        """Say that a batch, or the reading, is over."""
        with self._lock:
            self._open -= 1
            is_last = self._open == 0
        if is_last:
            self.finished.set()

    def fail(self, error: JobError) -> None:
        """Keep the first error; what is still under way comes to nothing."""
        with self._lock:
            self.error = self.error or error


class Pool:
    """Threads and processes of one job. `stop` ends them all, at any time."""

    def __init__(
        self,
        *,
        readers: Sequence[Reader],
        workers: int,
        model: Model | None,
        has_names: bool,
        log: Callable[[str], None],
    ) -> None:
        self._readers = list(readers)
        self._model = model
        self._has_names = has_names
        self._log = log
        self._todo: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._batches: queue.Queue[tuple[Work, list[Chunk]] | None] = queue.Queue(QUEUE_BATCHES)
        self._worker_count = workers
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._meter: Meter | None = None

    @property
    def reader_count(self) -> int:
        """How many documents are read at once."""
        return len(self._readers)

    def queue_depth(self) -> int:
        """Return how many chunks wait for a worker, to the nearest batch."""
        with self._batches.mutex:
            return sum(len(batch[1]) for batch in self._batches.queue if batch is not None)

    def start(self, meter: Meter) -> None:
        """Start the threads; processes start with their first document."""
        self._meter = meter
        for reader in self._readers:
            self._threads.append(threading.Thread(target=self._feed, args=(reader,), name="reader"))
        for worker in meter.workers:
            self._threads.append(
                threading.Thread(target=self._labour, args=(worker,), name=f"worker-{worker.id}")
            )
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def submit(self, work: Work) -> None:
        """Put a document in line for reading."""
        self._todo.put(work)

    def stop(self) -> None:
        """End everything and wait until it has ended; what was under way is dropped."""
        self._stopping.set()
        for reader in self._readers:
            reader.stop()
            self._todo.put(None)
        self._wake_workers()
        for thread in self._threads:
            thread.join()
        for reader in self._readers:
            reader.close()

    def _wake_workers(self) -> None:
        """End workers that wait for a batch; one that is busy looks whether it shall stop before it waits."""
        with contextlib.suppress(queue.Full):
            for _ in range(self._worker_count):
                self._batches.put_nowait(None)

    @property
    def _counted(self) -> Meter:
        assert self._meter is not None  # noqa: S101 (threads run after `start` only)
        return self._meter

    def _feed(self, reader: Reader) -> None:
        while not self._stopping.is_set():
            work = self._todo.get()
            if work is None:
                return
            self._counted.opened(1)
            try:
                self._read(reader, work)
            except JobError as error:
                work.fail(error)
            except Exception as error:  # a fault of ours must fail its document, not hang the job
                self._log(traceback.format_exc(limit=-5))
                work.fail(JobError("document_unreadable", f"{type(error).__name__}: {error}"))
            finally:
                self._counted.opened(-1)
                work.release()

    def _read(self, reader: Reader, work: Work) -> None:
        for message in reader.read(work.entry.file.path, work.entry.file.name):
            match message["type"]:
                case "portion":
                    self._counted.portion(
                        work.tracked, message["done"], message["total"], message["pictures"]
                    )
                case "chunked":
                    self._counted.chunked(work.tracked, message["chunks"])
                case "chunks":
                    self._enqueue(work, [unpack(each) for each in message["chunks"]])
                case "done":
                    work.about = message
                    work.faults += [Fault.from_json(each) for each in message["faults"]]
                case "failed":
                    raise JobError(
                        message["code"], message["message"], remediation=message.get("remediation")
                    )

    def _enqueue(self, work: Work, chunks: list[Chunk]) -> None:
        work.chunks += chunks
        work.hold()
        while not self._stopping.is_set():
            try:
                self._batches.put((work, chunks), timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return
        work.release()

    def _labour(self, worker: Worker) -> None:
        while not self._stopping.is_set():
            try:
                batch = self._batches.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if batch is None:
                return
            work, chunks = batch
            worker.size, worker.done = 2 * len(chunks), 0
            try:
                if work.error is None:
                    self._embed(worker, work, chunks)
                    self._find_names(worker, work, chunks)
            finally:
                worker.status, worker.current_chunk, worker.size = "idle", None, 0
                work.release()

    def _embed(self, worker: Worker, work: Work, chunks: Sequence[Chunk]) -> None:
        worker.status, worker.current_chunk = "embedding", chunks[0].number
        with self._counted.in_stage("embedding", work.tracked, len(chunks)):
            if self._model is not None:
                self._vectors(self._model, work, chunks)
        worker.done = len(chunks)

    def _vectors(self, model: Model, work: Work, chunks: Sequence[Chunk]) -> None:
        """Embed a batch; if that fails, each chunk alone, so that a bad one spoils only itself."""
        try:
            rows = model.embed([embedded_text(chunk) for chunk in chunks])
        except JobError as error:
            if error.code in _STOPPING_CODES:
                work.fail(error)
            elif len(chunks) == 1:
                work.faults.append(Fault(f"chunk {chunks[0].number + 1}", error.code, error.message))
            else:
                for chunk in chunks:
                    if work.error is None and not self._stopping.is_set():
                        self._vectors(model, work, [chunk])
            return
        for chunk, row in zip(chunks, rows, strict=True):
            work.vectors[chunk.number] = row

    def _find_names(self, worker: Worker, work: Work, chunks: Sequence[Chunk]) -> None:
        worker.status = "extracting"
        for chunk in chunks:
            worker.current_chunk = chunk.number
            with self._counted.in_stage("extraction", work.tracked, 1):
                if self._has_names:
                    try:
                        work.names.append(find_candidates(chunk.number, chunk.text))
                    except Exception as error:  # a chunk without names is better than no document
                        self._log(traceback.format_exc(limit=-5))
                        said = f"No names were found in it: {type(error).__name__}"
                        work.faults.append(Fault(f"chunk {chunk.number + 1}", "extraction_failed", said))
            worker.done += 1


def embedded_text(chunk: Chunk) -> str:
    """Return what of a chunk is embedded: its headings tell what a bare table or list is about."""
    return "\n".join([*chunk.heading, chunk.text]) if chunk.heading else chunk.text


def matrix(work: Work) -> Vectors | None:
    """Return a document's vectors, n x d; rows of zeros for chunks without one. None without any."""
    if not work.vectors:
        return None
    size = len(next(iter(work.vectors.values())))
    rows = np.zeros((len(work.chunks), size), np.float32)
    for number, row in work.vectors.items():
        rows[number] = row
    return rows


def unpack(value: Sequence[Any]) -> Chunk:
    """Return a chunk as it came out of a reader."""
    number, text, start, end, tokens, marks = value
    return Chunk(number, text, start, end, tokens, tuple(Mark.from_json(mark) for mark in marks))
