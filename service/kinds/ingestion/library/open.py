"""Open the library that the settings ask for: SQLite, with vectors or graph elsewhere if so set."""

from pathlib import Path

from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.port import GraphStore, VectorStore
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.library.writer import SqliteLibrary
from service.kinds.ingestion.settings import IngestionSettings


def open_library(folder: Path, settings: IngestionSettings, owner: str | None = None) -> SqliteLibrary:
    """Open the library in a folder (see owners.py) for writing; made when absent."""
    return SqliteLibrary(
        folder / FILE_NAME,
        owner=owner,
        vector_store=_vector_store(settings, owner),
        graph_store=_graph_store(settings),
    )


def open_shelves(folder: Path, settings: IngestionSettings, owner: str | None = None) -> SqliteShelves:
    """Open it for searching."""
    return SqliteShelves(folder / FILE_NAME, vector_store=_vector_store(settings, owner))


def _vector_store(settings: IngestionSettings, owner: str | None) -> VectorStore | None:
    if settings.qdrant_url is None:
        return None
    # Points are named by ids of chunks, which each library counts for itself.
    collection = settings.qdrant_collection + (f"_{owner}" if owner is not None else "")
    from service.kinds.ingestion.library.qdrant import QdrantVectors

    return QdrantVectors.connect(settings.qdrant_url, settings.qdrant_key, collection)


def _graph_store(settings: IngestionSettings) -> GraphStore | None:
    if settings.neo4j_url is None:
        return None
    from service.kinds.ingestion.library.neo4j import Neo4jGraph

    return Neo4jGraph.connect(
        settings.neo4j_url, settings.neo4j_user, settings.neo4j_password, settings.neo4j_database
    )
