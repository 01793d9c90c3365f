"""The library: the same document changes nothing, a new version replaces the old, delete leaves no trace."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.kinds.ingestion.documents import Chunk, Document, Entity, Fault, Mark, Picture, Relation
from service.kinds.ingestion.library.catalogue import Catalogue, Listing, page_of
from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.matrix import top
from service.kinds.ingestion.library.port import Filters, Reading, Vectors
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.library.writer import SqliteLibrary, document_id_of
from service.model.errors import JobError

MODEL = "test-4"
EVERYTHING = Filters()


class Clock:
    """Time that goes on by a second a call."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SqliteLibrary]:
    made = SqliteLibrary(tmp_path / FILE_NAME, now=Clock())
    yield made
    made.close()


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[SqliteShelves]:
    made = SqliteShelves(tmp_path / FILE_NAME)
    yield made
    made.close()


def unit(*rows: Sequence[float]) -> Vectors:
    vectors = np.asarray(rows, np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def reading(
    source: str,
    texts: Sequence[str],
    *,
    vectors: Vectors | None = None,
    tags: Sequence[str] = (),
    entities: Sequence[Entity] = (),
    relations: Sequence[Relation] = (),
    format_name: str = "text",
    version: str = "1",
) -> Reading:
    chunks, start = [], 0
    for number, text in enumerate(texts):
        chunks.append(Chunk(number, text, start, start + len(text), 7, (Mark(0, number + 1, ("Head",)),)))
        start += len(text) + 2
    document = Document(
        source, f"sha-{source}-{version}", format_name, f"Title of {source}", 100, "1:x", pages=len(texts),
        pictures=[Picture(1, "A thing", 10, 20)], tags=tags, faults=[Fault("page 9", "needs_ocr", "A scan.")],
    )  # fmt: skip
    return Reading(document, chunks, vectors, MODEL if vectors is not None else None, entities, relations)


def found(shelves: SqliteShelves, words: str, filters: Filters = EVERYTHING) -> list[str]:
    hits = shelves.by_words(words, 10, filters)
    chunks = shelves.chunks([hit.chunk_id for hit in hits])
    return [f"{chunks[hit.chunk_id].source}:{chunks[hit.chunk_id].chunk.number}" for hit in hits]


def near(shelves: SqliteShelves, vector: Sequence[float], filters: Filters = EVERYTHING) -> list[str]:
    hits = shelves.by_vector(unit(vector)[0], MODEL, 10, filters)
    chunks = shelves.chunks([hit.chunk_id for hit in hits])
    return [chunks[hit.chunk_id].chunk.text for hit in hits]


def test_the_same_content_is_known_under_any_name_but_not_read_in_another_way(library: SqliteLibrary) -> None:
    library.write(reading("a.txt", ["one"]))
    assert library.find_unchanged("a.txt", "sha-a.txt-1", "1:x") is not None
    assert library.find_unchanged("copy.txt", "sha-a.txt-1", "1:x") is not None
    assert library.find_unchanged("a.txt", "sha-a.txt-1", "2:x") is None
    assert library.find_unchanged("a.txt", "sha-a.txt-2", "1:x") is None


def test_a_new_version_replaces_the_old_and_keeps_its_id(
    library: SqliteLibrary, shelves: SqliteShelves
) -> None:
    first = library.write(reading("a.txt", ["walrus", "otter"], vectors=unit([1, 0], [0, 1])))
    second = library.write(reading("a.txt", ["badger"], vectors=unit([1, 1]), version="2"))
    assert (first.status, first.version, first.chunks) == ("created", 1, 2)
    assert (second.status, second.version, second.chunks) == ("replaced", 2, 1)
    assert first.document_id == second.document_id == document_id_of("a.txt")
    assert found(shelves, '"walrus"') == []
    assert found(shelves, '"badger"') == ["a.txt:0"]
    assert near(shelves, [1, 0]) == ["badger"]


def test_delete_leaves_no_trace_in_any_file(library: SqliteLibrary, tmp_path: Path) -> None:
    entities = [Entity("Zyxwvut Qponmlk", "name", {0: 1}), Entity("Common Name", "name", {0: 1})]
    relations = [Relation("Common Name", "Zyxwvut Qponmlk", 1, 0, "Zyxwvut Qponmlk met Common Name.")]
    secret = reading(
        "secretfile.txt", ["xylophonist zyxwvut"], vectors=unit([1, 2]), tags=["hushhush"], entities=entities,
        relations=relations,
    )  # fmt: skip
    library.write(reading("kept.txt", ["kept words"], entities=[Entity("Common Name", "name", {0: 1})]))
    written = library.write(secret)
    assert library.delete(written.document_id) is True
    assert library.delete(written.document_id) is False
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for trace in (b"xylophonist", b"yxwvut", b"Qponmlk", b"hushhush", b"secretfile", b"xylophonist"[:8]):
        assert trace.lower() not in content.lower(), trace
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        left = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in
                ("documents", "chunks", "vectors", "mentions", "relations", "entities", "tags")}  # fmt: skip
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.execute("INSERT INTO passages (passages, rank) VALUES ('integrity-check', 1)")
    connection.close()
    assert left == {
        "documents": 1, "chunks": 1, "vectors": 0, "mentions": 1, "relations": 0, "entities": 1, "tags": 0,
    }  # fmt: skip


def test_words_count_more_in_titles_and_headings(library: SqliteLibrary, shelves: SqliteShelves) -> None:
    library.write(reading("plain.txt", ["nothing here", "the word heron stands in this text"]))
    library.write(reading("heron.txt", ["nothing of the sort stands in this text at all"]))
    assert found(shelves, '"heron"')[0] == "heron.txt:0", "the name of the file and the title"
    assert found(shelves, '"herons"') == found(shelves, '"heron"'), "stems, not words"


def test_filters_hold_for_words_and_vectors_alike(library: SqliteLibrary, shelves: SqliteShelves) -> None:
    library.write(reading("a.pdf", ["fish one"], vectors=unit([1, 0]), tags=["red"], format_name="pdf"))
    middle = Clock().now + 2.5
    library.write(reading("b.txt", ["fish two"], vectors=unit([1, 0.1]), tags=["red", "blue"]))
    cases = [
        (Filters(), ["fish one", "fish two"]),
        (Filters(formats=("pdf",)), ["fish one"]),
        (Filters(tags=("blue",)), ["fish two"]),
        (Filters(tags=("red", "blue")), ["fish one", "fish two"]),
        (Filters(document_ids=(document_id_of("b.txt"),)), ["fish two"]),
        (Filters(since=middle), ["fish two"]),
        (Filters(until=middle), ["fish one"]),
        (Filters(formats=("pdf",), tags=("blue",)), []),
    ]
    for filters, wanted in cases:
        hits = shelves.by_words('"fish"', 10, filters)
        chunks = shelves.chunks([hit.chunk_id for hit in hits])
        assert sorted(chunk.chunk.text for chunk in chunks.values()) == wanted
        assert sorted(near(shelves, [1, 0], filters)) == wanted


def test_a_citation_names_document_version_page_and_heading(
    library: SqliteLibrary, shelves: SqliteShelves
) -> None:
    library.write(reading("a.txt", ["first", "second"]))
    (hit,) = shelves.by_words('"second"', 10, EVERYTHING)
    (cited,) = shelves.chunks([hit.chunk_id]).values()
    assert (cited.source, cited.version, cited.chunk.page, cited.chunk.heading) == ("a.txt", 1, 2, ("Head",))
    assert (cited.chunk.start, cited.chunk.end) == (7, 13)


def test_a_chunk_without_a_vector_is_found_by_its_words_only(
    library: SqliteLibrary, shelves: SqliteShelves
) -> None:
    written = library.write(
        reading("a.txt", ["one", "two"], vectors=np.asarray([[0, 0], [1, 0]], np.float32))
    )
    assert written.vectors == 1
    assert near(shelves, [1, 0]) == ["two"]
    assert found(shelves, '"one"') == ["a.txt:0"]


def test_tags_can_be_added_to_what_is_there(library: SqliteLibrary, shelves: SqliteShelves) -> None:
    written = library.write(reading("a.txt", ["one"], tags=["red"]))
    library.add_tags(written.document_id, ["red", "new"])
    assert found(shelves, '"one"', Filters(tags=("new",))) == ["a.txt:0"]


def test_a_library_that_is_not_there_is_empty_and_appears_when_it_is_written(
    tmp_path: Path, shelves: SqliteShelves
) -> None:
    assert found(shelves, '"one"') == []
    assert near(shelves, [1, 0]) == []
    assert Catalogue(shelves).totals()["documents"] == 0
    library = SqliteLibrary(tmp_path / FILE_NAME)
    library.write(reading("a.txt", ["one"], vectors=unit([1, 0])))
    library.close()
    assert found(shelves, '"one"') == ["a.txt:0"]
    assert near(shelves, [1, 0]) == ["one"]


def test_a_newer_or_damaged_library_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    SqliteLibrary(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JobError, match="newer") as newer:
        SqliteLibrary(path)
    assert newer.value.code == "library_newer"
    path.write_bytes(b"this is no database, whatever its name says " * 50)
    with pytest.raises(JobError) as damaged:
        SqliteLibrary(path)
    assert damaged.value.code == "library_damaged"


def test_readers_and_a_deleting_service_get_along_with_a_writing_job(
    tmp_path: Path, shelves: SqliteShelves
) -> None:
    writer, other = SqliteLibrary(tmp_path / FILE_NAME), SqliteLibrary(tmp_path / FILE_NAME)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(30):
                writer.write(reading(f"{number}.txt", ["word"] * 5, vectors=unit(*[[1, number]] * 5)))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    deleted = 0
    while thread.is_alive():
        near(shelves, [1, 0])
        found(shelves, '"word"')
        deleted += other.delete(document_id_of(f"{deleted}.txt"))
    thread.join()
    writer.close()
    other.close()
    assert not errors
    assert Catalogue(shelves).totals()["documents"] == 30 - deleted
    assert len(shelves.by_vector(unit([1, 0])[0], MODEL, 500, EVERYTHING)) == 5 * (30 - deleted)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.booleans()), min_size=1, max_size=12)
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_matrix_follows_every_write_and_removal(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("library") / FILE_NAME
    library, shelves = SqliteLibrary(path), SqliteShelves(path)
    model: dict[str, int] = {}
    for number, (name, size, is_delete) in enumerate(steps):
        if is_delete:
            assert library.delete(document_id_of(name)) is (model.pop(name, None) is not None)
        else:
            rows = [[1.0, number + row] for row in range(size)]
            library.write(
                reading(name, ["t"] * size, vectors=unit(*rows) if rows else None, version=str(number))
            )
            model[name] = size
        hits = shelves.by_vector(unit([1, 0])[0], MODEL, 100, EVERYTHING)
        named = [found.source for found in shelves.chunks([hit.chunk_id for hit in hits]).values()]
        assert {each: named.count(each) for each in set(named)} == {k: v for k, v in model.items() if v}
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    library.close()
    shelves.close()


@given(st.lists(st.floats(-1, 1, width=32), max_size=60), st.integers(1, 20))
def test_the_top_of_a_list_is_what_sorting_all_of_it_gives(scores: list[float], count: int) -> None:
    values = np.asarray(scores, np.float32)
    assert [values[at] for at in top(values, count)] == sorted(values, reverse=True)[:count]


# --- looking through it ---
def test_lists_go_page_by_page_and_are_found_by_name(library: SqliteLibrary, shelves: SqliteShelves) -> None:
    for number in range(5):
        library.write(reading(f"note_{number}.txt", ["x"], tags=["t"] if number else []))
    catalogue = Catalogue(shelves)
    seen, place = [], None
    while True:
        page, place = page_of(catalogue.rows(Listing(limit=2, before=place)), 2)
        seen += [document["file_name"] for document in page]
        if place is None:
            break
    assert seen == [f"note_{number}.txt" for number in (4, 3, 2, 1, 0)]
    by_name, _ = page_of(catalogue.rows(Listing(limit=9, words="NOTE_3")), 9)
    assert [document["file_name"] for document in by_name] == ["note_3.txt"]
    assert page_of(catalogue.rows(Listing(limit=9, words="note%3")), 9) == ([], None)
    assert len(page_of(catalogue.rows(Listing(limit=9, filters=Filters(tags=("t",)))), 9)[0]) == 4


def test_a_document_is_shown_with_chunks_pictures_faults_and_names(
    library: SqliteLibrary, shelves: SqliteShelves
) -> None:
    entities = [Entity("Ada", "name", {0: 2, 1: 1}), Entity("Bob", "name", {1: 1})]
    relations = [Relation("Ada", "Bob", 1, 1, "Ada met Bob.")]
    library.write(reading("a.txt", ["one", "two", "three"], entities=entities, relations=relations))
    shown = Catalogue(shelves).document(document_id_of("a.txt"), first=1, limit=1)
    assert shown is not None
    assert [chunk["text"] for chunk in shown["chunks"]] == ["two"]
    assert shown["chunks"][0]["marks"] == [{"offset": 0, "page": 2, "heading_path": ["Head"]}]
    assert shown["pictures"] == [{"page": 1, "caption": "A thing", "width": 10, "height": 20}]
    assert shown["faults"] == [{"part": "page 9", "code": "needs_ocr", "message": "A scan."}]
    assert [(each["name"], each["mentions"]) for each in shown["entities"]] == [("Ada", 3), ("Bob", 1)]
    assert Catalogue(shelves).document("nope", first=0, limit=1) is None


def test_the_graph_shows_relations_with_their_evidence(
    library: SqliteLibrary, shelves: SqliteShelves
) -> None:
    entities = [Entity(name, "name", {0: 1}) for name in ("Ada", "Bob", "Cleo")]
    relations = [Relation("Ada", "Bob", 2, 0, "Ada met Bob."), Relation("Bob", "Cleo", 1, 0, "Bob met Cleo.")]
    for source in ("a.txt", "b.txt"):
        library.write(reading(source, ["one"], entities=entities, relations=relations))
    catalogue = Catalogue(shelves)
    graph = catalogue.graph(limit=10, entity=None, document_id=None)
    assert [(edge["count"], edge["evidence"]) for edge in graph["edges"]] == [
        (4, "Ada met Bob."),
        (2, "Bob met Cleo."),
    ]
    assert {node["name"] for node in graph["nodes"]} == {"Ada", "Bob", "Cleo"}
    only = catalogue.graph(limit=10, entity="CLEO", document_id=document_id_of("a.txt"))
    assert [(edge["count"], edge["document_id"]) for edge in only["edges"]] == [(1, document_id_of("a.txt"))]
    names = catalogue.entities(limit=2, words="", document_id=None)
    assert [(each["name"], each["mentions"], each["documents"]) for each in names] == [
        ("Ada", 2, 2),
        ("Bob", 2, 2),
    ]
    assert [each["name"] for each in catalogue.entities(limit=9, words="cle", document_id=None)] == ["Cleo"]
