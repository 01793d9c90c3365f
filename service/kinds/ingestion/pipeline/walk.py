"""The job itself: documents in order, read ahead in parallel, written one by one, each committed as an item."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from service.kinds.base import Item, ItemResult, JobContext
from service.kinds.ingestion.documents import Document, Fault, Picture
from service.kinds.ingestion.embeddings.choose import Model, make_model
from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.open import open_library
from service.kinds.ingestion.library.owners import library_folder
from service.kinds.ingestion.library.port import Reading, Written
from service.kinds.ingestion.library.writer import SqliteLibrary, document_id_of
from service.kinds.ingestion.names.graph import build_graph
from service.kinds.ingestion.pipeline.documents import AGAIN, Entry, entries, part_key
from service.kinds.ingestion.pipeline.meter import Meter, Tracked
from service.kinds.ingestion.pipeline.paced import PacedHost
from service.kinds.ingestion.pipeline.pool import Pool, Work, matrix
from service.kinds.ingestion.pipeline.reader import Reader
from service.kinds.ingestion.pipeline.scribe import Scribe
from service.kinds.ingestion.settings import IngestionSettings
from service.model.errors import JobError

READING_VERSION: Final = 1
"""Goes up when documents are read differently, so that the same file is read again when it is submitted again."""
_LOOK_SECONDS: Final = 0.1
_MAX_FAULT_ITEMS: Final = 100
_MAX_LISTED: Final = 200
_MAX_AHEAD: Final = 16  # documents that are read before their turn; a few large ones count as many
_MAX_AHEAD_BYTES: Final = 32 * 1024 * 1024
_DOCUMENTS_A_READER: Final = 4  # for fewer, a second process is not worth starting


def ingest(job: JobContext) -> dict[str, Any]:
    """Put every document of a job into its owner's library and return the output of docs/kinds/ingestion.md."""
    settings = IngestionSettings.read(job.settings)
    folder = library_folder(job.shared_dir, job.owner)
    known = {result.key: result for result in job.item_results()}
    todo = entries(job.inputs, known)
    workers = int(job.args["workers"])
    readers = [Reader() for _ in range(_reader_count(settings, workers, len(todo)))]
    try:
        for reader in readers:
            reader.start()  # it takes as long as the model, so both do so at once
        model = make_model(settings)
        with (
            closing(open_library(folder, settings, job.owner)) as library,
            closing(SqliteLibrary(folder / FILE_NAME, owner=job.owner)) as lookups,
        ):
            _walk_all(job, library, lookups, model, readers, todo, known)
    finally:
        for reader in readers:
            reader.close()
    return _finish(job, model)


def _walk_all(
    job: JobContext,
    library: SqliteLibrary,
    lookups: SqliteLibrary,
    model: Model | None,
    readers: Sequence[Reader],
    todo: Sequence[Entry],
    known: Mapping[str, ItemResult],
) -> None:
    workers, has_names = int(job.args["workers"]), bool(job.args["entities"])
    pool = Pool(readers=readers, workers=workers, model=model, has_names=has_names, log=job.log)
    meter = Meter([_weight(entry) for entry in todo], workers, pool.queue_depth)
    job.host = paced = PacedHost(job.host, meter)
    walk = _Walk(job, library, lookups, model, pool, meter, todo)
    try:
        pool.start(meter)
        walk.scribe.start()
        walk.run(known)
    finally:
        pool.stop()
        walk.scribe.stop()
    paced.flush()


@dataclass(slots=True)
class _Walk:
    """One pass over the documents of a job. `lookups` is a connection beside that of the scribe."""

    job: JobContext
    library: SqliteLibrary
    lookups: SqliteLibrary
    model: Model | None
    pool: Pool
    meter: Meter
    todo: Sequence[Entry]
    scribe: Scribe = field(init=False)

    def __post_init__(self) -> None:
        self.scribe = Scribe(self.library, self.meter, self.reading)

    def run(self, known: Mapping[str, ItemResult]) -> None:
        """Walk all documents; those that are finished already only count."""
        ahead: dict[str, Work] = {}
        upcoming = iter([entry for entry in self.todo if entry.key not in known])
        for entry in self.todo:
            if entry.key in known:
                self.meter.finish(Tracked(entry.source, _weight(entry)))
        self._read_ahead(ahead, upcoming)
        for item in self.job.items(self.todo, key=lambda entry: entry.key, unit="document"):
            self._take(item, ahead)
            self._read_ahead(ahead, upcoming)

    def _read_ahead(self, ahead: dict[str, Work], upcoming: Iterator[Entry]) -> None:
        """Let readers have the next documents; one that need not be read is left to its turn."""
        size = sum(work.entry.file.size_bytes for work in ahead.values())
        while len(ahead) < self.pool.reader_count or (len(ahead) < _MAX_AHEAD and size < _MAX_AHEAD_BYTES):
            entry = next(upcoming, None)
            if entry is None:
                return
            if entry.twin is not None or self._unchanged(entry) is not None:
                continue
            size += entry.file.size_bytes
            work = Work(entry, Tracked(entry.source, _weight(entry)))
            ahead[entry.key] = work
            self.meter.begin(work.tracked)
            self.pool.submit(work)
            self.scribe.submit(work)

    def _take(self, item: Item[Entry], ahead: dict[str, Work]) -> None:
        entry, work = item.value, ahead.get(item.key)
        document_id = document_id_of(entry.source, self.job.owner)
        self.meter.current = (document_id, entry.source)
        tracked = work.tracked if work is not None else Tracked(entry.source, _weight(entry))
        try:
            if work is None:
                item.done(self._kept(entry))
            else:
                item.done(self._outcome(work))
        except JobError as error:
            self.job.log(f"{entry.source}: {error.code}: {error.message}")
            item.failed(error.code, error.message)
        finally:
            ahead.pop(item.key, None)
            self.meter.finish(tracked)

    def _outcome(self, work: Work) -> dict[str, Any]:
        """Wait until a document is in the library, telling how far the pipeline is; return what became of it."""
        while not work.written.wait(_LOOK_SECONDS):
            if self.scribe.error is not None:
                raise self.scribe.error
            self.job.report()
        self.job.report()
        if work.error is not None:
            raise work.error
        written, document = work.outcome, work.document
        assert written is not None  # noqa: S101 (written without an error)
        assert document is not None  # noqa: S101
        self._tell_faults(work.entry, work.faults)
        return {
            **_output(written, work.faults),
            "format": document.format,
            "title": document.title,
            "pages": document.pages,
            "pictures": len(document.pictures),
        }

    def _unchanged(self, entry: Entry) -> Written | None:
        if entry.is_again:
            return None
        return self.lookups.find_unchanged(entry.source, entry.file.sha256, self._fingerprint())

    def _kept(self, entry: Entry) -> dict[str, Any]:
        written = self._unchanged(entry)
        if written is None:
            twin = entry.twin or "an earlier document"
            raise JobError("same_as_failed", f"It has the same content as {twin}, which could not be read.")
        self.lookups.add_tags(written.document_id, self.job.args["tags"])
        # It was written before a crash and its item was not: only now is it told.
        own = self.lookups.find_own(entry.source, self.job.id) if entry.twin is None else None
        return _output(own or written, [])

    def reading(self, work: Work) -> Reading:
        """Return what the library keeps of a document."""
        entry, about = work.entry, work.about
        assert about is not None  # noqa: S101 (a document that was read without an error has it)
        entities, relations = build_graph(sorted(work.names, key=lambda names: names.number))
        document = Document(
            source=entry.source,
            sha256=entry.file.sha256,
            format=about["format"],
            title=about["title"],
            size_bytes=entry.file.size_bytes,
            fingerprint=self._fingerprint(),
            pages=about["pages"],
            pictures=[Picture.from_json(each) for each in about["pictures"]],
            tags=self.job.args["tags"],
            faults=work.faults,
            job_id=self.job.id,
        )
        name = self.model.name if self.model is not None else None
        return Reading(document, work.chunks, matrix(work), name, entities, relations)

    def _tell_faults(self, entry: Entry, faults: Sequence[Fault]) -> None:
        """Make a failed item of each part that could not be read; the document itself is kept without it."""
        for fault in faults:
            self.job.log(f"{entry.source}: {fault.part}: {fault.code}: {fault.message}")
        listed = faults[:_MAX_FAULT_ITEMS]
        for part in self.job.items(listed, key=lambda fault: part_key(entry.source, fault.part), unit="part"):
            part.failed(part.value.code, part.value.message)

    def _fingerprint(self) -> str:
        name = self.model.name if self.model is not None else "none"
        return f"{READING_VERSION}:{name}:{'names' if self.job.args['entities'] else 'bare'}"


def _weight(entry: Entry) -> float:
    return entry.file.size_bytes + 4096.0  # even an empty document takes some work


def _reader_count(settings: IngestionSettings, workers: int, documents: int) -> int:
    useful = -(-documents // _DOCUMENTS_A_READER)
    return settings.readers or max(1, min(os.cpu_count() or 1, workers, useful, 4))


def _output(written: Written, faults: Sequence[Fault]) -> dict[str, Any]:
    return {
        "document_id": written.document_id,
        "status": written.status,
        "version": written.version,
        "chunks": written.chunks,
        "vectors": written.vectors,
        "entities": written.entities,
        "relations": written.relations,
        "faults": [fault.part for fault in faults[:_MAX_FAULT_ITEMS]],
    }


def _finish(job: JobContext, model: Model | None) -> dict[str, Any]:
    """Leave the report and return its head, or raise when no document could be read."""
    results = _results(job)
    statuses = Counter(each["status"] for each in results)
    counted = ("chunks", "vectors", "entities", "relations", "pictures")
    summary = {
        "documents": {
            "total": len(results),
            **{name: statuses[name] for name in ("created", "replaced", "unchanged", "failed")},
        },
        **{
            name: sum(each.get(name) or 0 for each in results if each["status"] != "unchanged")
            for name in counted
        },
        "parts_failed": sum(len(each.get("faults") or ()) for each in results),
        "embedding": model.name if model is not None else None,
        "notes": [] if model is not None else ["Without an embedding model: search is by BM25 alone."],
    }
    job.save_artifact("ingestion.json", {**summary, "results": results}, "application/json")
    if results and statuses["failed"] == len(results):
        first = results[0]["error"]
        if len(results) == 1:
            raise JobError(first["code"], first["message"])
        raise JobError("all_documents_failed", f"None of {len(results)} documents could be read.")
    return {
        **summary,
        "results": results[:_MAX_LISTED],
        "results_omitted": max(0, len(results) - _MAX_LISTED),
    }


def _results(job: JobContext) -> list[dict[str, Any]]:
    found = {result.key: result for result in job.item_results()}
    listed = []
    for entry in entries(job.inputs, {}):
        result = found.get(entry.key + AGAIN) or found.get(entry.key)
        if result is None:
            continue
        if result.status == "completed":
            listed.append({"source": entry.source, **(result.output or {})})
        else:
            error = {"code": result.code, "message": result.message}
            listed.append({"source": entry.source, "status": "failed", "error": error})
    return listed
