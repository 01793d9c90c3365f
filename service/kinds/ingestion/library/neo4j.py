"""Names and relations in Neo4j beside SQLite, by setting: for graphs that other programs shall ask too."""

from collections.abc import Sequence
from typing import Any, Final, Self

from service.kinds.ingestion.documents import Entity, Relation
from service.model.errors import JobError

_TIMEOUT_SECONDS: Final = 15.0
_BATCH: Final = 500

_CLEAR: Final = (
    "MATCH (d:Document {id: $id}) OPTIONAL MATCH (d)-[:MENTIONS]->(e:Entity) "
    "WITH d, collect(DISTINCT e) AS named DETACH DELETE d WITH named UNWIND named AS e "
    "WITH e WHERE NOT (e)<-[:MENTIONS]-() DETACH DELETE e"
)
_CLEAR_RELATIONS: Final = "MATCH ()-[r:RELATED {document_id: $id}]->() DELETE r"
_DOCUMENT: Final = "MERGE (d:Document {id: $id}) SET d.title = $title"
_ENTITIES: Final = (
    "MATCH (d:Document {id: $id}) UNWIND $rows AS row MERGE (e:Entity {key: row.key}) "
    "ON CREATE SET e.name = row.name, e.type = row.type "
    "MERGE (d)-[m:MENTIONS]->(e) SET m.count = row.count"
)
_RELATIONS: Final = (
    "UNWIND $rows AS row MATCH (a:Entity {key: row.source}), (b:Entity {key: row.target}) "
    "MERGE (a)-[r:RELATED {document_id: $id}]->(b) SET r.count = row.count, r.evidence = row.evidence"
)


class Neo4jGraph:
    """`(:Document)-[:MENTIONS {count}]->(:Entity)-[:RELATED {document_id, count, evidence}]->(:Entity)`."""

    name = "neo4j"

    def __init__(self, driver: Any, database: str | None = None) -> None:
        self._driver = driver
        self._database = database

    @classmethod
    def connect(cls, url: str, user: str, password: str | None, database: str | None) -> Self:
        """Connect over bolt; raises JobError neo4j_failed or neo4j_missing."""
        try:
            import neo4j
        except ImportError as error:
            raise JobError(
                "neo4j_missing",
                "The Neo4j driver is not installed.",
                remediation="pip install 'nowserving[neo4j]'",
            ) from error
        try:
            driver = neo4j.GraphDatabase.driver(
                url,
                auth=(user, password) if password else None,
                connection_timeout=_TIMEOUT_SECONDS,
                max_transaction_retry_time=_TIMEOUT_SECONDS,
                telemetry_disabled=True,
            )
        except (ValueError, neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError) as error:
            raise _failed(error) from error
        return cls(driver, database)

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def add(
        self, document_id: str, title: str, entities: Sequence[Entity], relations: Sequence[Relation]
    ) -> int:
        """Keep a document's entities and relations in place of earlier ones; return how many were written."""
        named = [
            {
                "key": entity.name.casefold(),
                "name": entity.name,
                "type": entity.type,
                "count": sum(entity.mentions.values()),
            }
            for entity in entities
        ]
        related = [
            {
                "source": each.source.casefold(),
                "target": each.target.casefold(),
                "count": each.count,
                "evidence": each.evidence,
            }
            for each in relations
        ]

        def work(transaction: Any) -> None:
            _clear(transaction, document_id)
            transaction.run(_DOCUMENT, id=document_id, title=title).consume()
            for query, rows in ((_ENTITIES, named), (_RELATIONS, related)):
                for first in range(0, len(rows), _BATCH):
                    transaction.run(query, id=document_id, rows=rows[first : first + _BATCH]).consume()

        self._write(work)
        return len(named) + len(related)

    def remove(self, document_id: str) -> None:
        """Forget what only this document said."""
        self._write(lambda transaction: _clear(transaction, document_id))

    def _write(self, work: Any) -> None:
        import neo4j

        try:
            with self._driver.session(database=self._database) as session:
                session.execute_write(work)
        except (neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError, OSError) as error:
            raise _failed(error) from error


def _clear(transaction: Any, document_id: str) -> None:
    for query in (_CLEAR_RELATIONS, _CLEAR):
        transaction.run(query, id=document_id).consume()


def _failed(error: BaseException) -> JobError:
    return JobError(
        "neo4j_failed",
        f"Neo4j did not do what was asked: {error}",
        remediation="Look at the server and the settings neo4j_*; the job can be retried.",
        retriable=True,
    )
