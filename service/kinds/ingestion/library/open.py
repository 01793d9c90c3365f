"""Open the library that the settings ask for: SQLite, with vectors or graph elsewhere if so set."""

from pathlib import Path

from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.port import GraphStore, VectorStore
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.library.writer import SqliteLibrary
from service.kinds.ingestion.settings import IngestionSettings


def open_library(folder: Path, settings: IngestionSettings) -> SqliteLibrary:
    """Open the library in the kind's own folder for writing; made when absent."""
    return SqliteLibrary(
        folder / FILE_NAME, vector_store=_vector_store(settings), graph_store=_graph_store(settings)
    )


def open_shelves(folder: Path, settings: IngestionSettings) -> SqliteShelves:
    """Open it for searching."""
    return SqliteShelves(folder / FILE_NAME, vector_store=_vector_store(settings))


def _vector_store(settings: IngestionSettings) -> VectorStore | None:
    if settings.qdrant_url is None:
        return None
    from service.kinds.ingestion.library.qdrant import QdrantVectors

    return QdrantVectors.connect(settings.qdrant_url, settings.qdrant_key, settings.qdrant_collection)


def _graph_store(settings: IngestionSettings) -> GraphStore | None:
    if settings.neo4j_url is None:
        return None
    from service.kinds.ingestion.library.neo4j import Neo4jGraph

    return Neo4jGraph.connect(
        settings.neo4j_url, settings.neo4j_user, settings.neo4j_password, settings.neo4j_database
    )
