"""Vectors in Qdrant and names in Neo4j: the same promises as in SQLite, and one that fails takes nothing with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from service.kinds.ingestion.documents import Entity, Relation
from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.neo4j import Neo4jGraph
from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.library.qdrant import QdrantVectors
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.library.writer import SqliteLibrary, document_id_of
from service.model.errors import JobError
from tests.kinds.bolt_server import BoltServer
from tests.kinds.test_ingestion import ingest
from tests.kinds.test_ingestion_library import MODEL, near, reading, unit

ENTITIES = [Entity("Ada Lovelace", "name", {0: 2}), Entity("NATO", "acronym", {0: 1})]
RELATIONS = [Relation("Ada Lovelace", "NATO", 1, 0, "Ada Lovelace never met NATO.")]


# --- Qdrant: the client's own local mode, the same API as a server's ---
@pytest.fixture
def vectors() -> Iterator[QdrantVectors]:
    made = QdrantVectors(QdrantClient(":memory:"), "test")
    yield made
    made.close()


def test_vectors_in_qdrant_are_found_filtered_replaced_and_deleted(
    tmp_path: Path, vectors: QdrantVectors
) -> None:
    library = SqliteLibrary(tmp_path / FILE_NAME, vector_store=vectors)
    shelves = SqliteShelves(tmp_path / FILE_NAME, vector_store=vectors)
    library.write(reading("a.txt", ["one", "two"], vectors=unit([1, 0], [0, 1]), tags=["red"]))
    written = library.write(reading("b.txt", ["three"], vectors=unit([1, 0.2])))
    assert written.vectors == 1
    assert near(shelves, [1, 0]) == ["one", "three", "two"]
    assert near(shelves, [1, 0], Filters(tags=("red",))) == ["one", "two"]
    scores = [hit.score for hit in shelves.by_vector(unit([1, 0])[0], MODEL, 3, Filters())]
    assert scores == pytest.approx([1.0, 0.98, 0.0], abs=0.01)
    library.write(reading("a.txt", ["uno"], vectors=unit([1, 0]), version="2"))
    assert near(shelves, [1, 0]) == ["uno", "three"]
    library.delete(document_id_of("a.txt"))
    assert near(shelves, [1, 0]) == ["three"]
    assert shelves.by_vector(unit([1, 0])[0], "another-model", 3, Filters()) == []


def test_models_of_different_size_live_side_by_side_in_qdrant(vectors: QdrantVectors) -> None:
    vectors.add("d", [1], unit([1, 0]), "small")
    vectors.add("d", [2], unit([1, 0, 0]), "endpoint:org/large")
    assert [hit.chunk_id for hit in vectors.nearest(unit([1, 0])[0], "small", 5, None)] == [1]
    assert [hit.chunk_id for hit in vectors.nearest(unit([1, 0, 0])[0], "endpoint:org/large", 5, ["d"])] == [
        2
    ]
    vectors.remove("d")
    assert vectors.nearest(unit([1, 0])[0], "small", 5, None) == []
    assert vectors.add("d", [], unit([1, 0])[:0], "small") == 0


def test_a_qdrant_that_is_away_fails_the_document_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    away = QdrantVectors.connect("http://127.0.0.1:9", None, "test")
    library = SqliteLibrary(tmp_path / FILE_NAME, vector_store=away)
    with pytest.raises(JobError) as caught:
        library.write(reading("a.txt", ["one"], vectors=unit([1, 0])))
    assert (caught.value.code, caught.value.retriable) == ("qdrant_failed", True)
    assert library.find_unchanged("a.txt", "sha-a.txt-1", "1:x") is None
    library.close()


# --- Neo4j: the driver over a real socket to a server that speaks Bolt ---
@pytest.fixture
def bolt() -> Iterator[BoltServer]:
    server = BoltServer().start()
    yield server
    server.stop()


def test_names_and_relations_go_over_bolt_in_one_transaction(bolt: BoltServer) -> None:
    graph = Neo4jGraph.connect(bolt.url, "neo4j", "secret", None)
    assert graph.add("doc-1", "A Title", ENTITIES, RELATIONS) == 3
    graph.close()
    assert bolt.logons[0]["principal"] == "neo4j"
    asked = [(query.split()[0], parameters) for query, parameters in bolt.queries]
    assert [word for word, _ in asked] == ["MATCH", "MATCH", "MERGE", "MATCH", "UNWIND"]
    assert all(parameters["id"] == "doc-1" for _, parameters in asked)
    assert asked[2][1]["title"] == "A Title"
    assert asked[3][1]["rows"] == [
        {"key": "ada lovelace", "name": "Ada Lovelace", "type": "name", "count": 2},
        {"key": "nato", "name": "NATO", "type": "acronym", "count": 1},
    ]
    assert asked[4][1]["rows"] == [
        {"source": "ada lovelace", "target": "nato", "count": 1, "evidence": "Ada Lovelace never met NATO."}
    ]


def test_many_names_go_in_bounded_batches(bolt: BoltServer) -> None:
    graph = Neo4jGraph.connect(bolt.url, "neo4j", "secret", None)
    many = [Entity(f"Name {number}", "name", {0: 1}) for number in range(1100)]
    assert graph.add("doc-1", "t", many, []) == 1100
    graph.close()
    assert [len(parameters["rows"]) for _, parameters in bolt.queries if "rows" in parameters] == [
        500,
        500,
        100,
    ]


def test_a_transaction_that_fails_for_a_moment_is_tried_again_and_a_refusal_is_told(bolt: BoltServer) -> None:
    graph = Neo4jGraph.connect(bolt.url, "neo4j", "secret", None)
    bolt.failures["SET d.title"] = ("Neo.TransientError.General.DatabaseUnavailable", "Just a moment.")
    graph.add("doc-1", "t", [], [])
    assert [query for query, _ in bolt.queries if "SET d.title" in query] != []
    bolt.failures["DETACH DELETE"] = ("Neo.ClientError.Statement.SyntaxError", "No such thing.")
    with pytest.raises(JobError, match="No such thing") as caught:
        graph.remove("doc-1")
    graph.close()
    assert caught.value.code == "neo4j_failed"
    wrong = Neo4jGraph.connect(bolt.url, "neo4j", "not it", None)
    with pytest.raises(JobError, match="unauthorized"):
        wrong.remove("doc-1")
    wrong.close()
    with pytest.raises(JobError):
        Neo4jGraph.connect("nonsense://x", "neo4j", None, None)


def test_a_job_writes_its_graph_to_neo4j_by_setting(tmp_path: Path, bolt: BoltServer) -> None:
    settings = {"neo4j_url": bolt.url, "neo4j_password": "secret"}
    text = "Ada Lovelace wrote to Charles Babbage. Then Ada Lovelace wrote to Charles Babbage again."
    run = ingest(tmp_path, {"a.txt": text}, settings=settings)
    assert run.output is not None
    assert run.output["relations"] == 1
    rows = [row for _, parameters in bolt.queries for row in parameters.get("rows", ())]
    assert {row["name"] for row in rows if "name" in row} == {"Ada Lovelace", "Charles Babbage"}
    bolt.failures["SET d.title"] = ("Neo.ClientError.Security.Forbidden", "Not yours.")
    with pytest.raises(JobError) as caught:
        ingest(tmp_path, {"b.txt": text + " More."}, settings=settings)
    assert caught.value.code == "neo4j_failed"
    listed = SqliteShelves(tmp_path / "run" / "shared" / FILE_NAME)
    assert listed.by_words('"more"', 5, Filters()) == [], "what the graph refused is not half there"
    listed.close()
