"""Documents and their passages, found by meaning: through pgvector's HNSW index, or by an exact scan."""

from __future__ import annotations

import re
import uuid
from typing import LiteralString

import psycopg
from psycopg import sql

from example_app.embeddings import DIMENSIONS, embed
from migrate_tasks.errors import ConfigurationError, MigrateTasksError

INDEX: LiteralString = (
    "CREATE INDEX IF NOT EXISTS idx_document_passages_embedding ON document_passages "
    "USING hnsw ((embedding::vector(64)) vector_cosine_ops)"
)
DISTANCE_BY_INDEX: LiteralString = "embedding::vector(64) <=> %(question)s::real[]::vector(64)"
DISTANCE_BY_SCAN: LiteralString = "embedding_distance(embedding, %(question)s::real[])"
NEAREST: LiteralString = """
SELECT d.path, p.passage
FROM (
  SELECT document_id, passage, {distance} AS distance FROM document_passages ORDER BY distance LIMIT %(count)s
) AS p JOIN documents AS d ON d.id = p.document_id
ORDER BY p.distance
"""
PROBE = {
    "sourdough.md": "A sourdough starter wants flour, water and patience.",
    "advisory-locks.md": "An advisory lock in Postgres is released when its session ends.",
    "tides.md": "Spring tides follow the new moon and the full moon.",
}


class VectorStore:
    """The passages of all documents, on a connection of the caller's.

    ``candidates`` is how many passages the index looks at for an answer (pgvector's hnsw.ef_search).
    """

    def __init__(self, connection: psycopg.Connection, candidates: int = 40) -> None:
        self._connection = connection
        has = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
        self.pgvector: str | None = has[0] if has else None
        if self.pgvector:
            connection.execute("SELECT set_config('hnsw.ef_search', %s, false)", [str(candidates)])

    @property
    def method(self) -> str:
        """How passages are found here, in words."""
        return f"HNSW index of pgvector {self.pgvector}" if self.pgvector else "exact scan, without pgvector"

    def require_pgvector(self) -> None:
        """Raise ConfigurationError where there can be no index."""
        if not self.pgvector:
            raise ConfigurationError(
                f'database "{self._connection.info.dbname}" has no pgvector, and NEEDS_PGVECTOR is set',
                hint="Install it on the server, and as a superuser: CREATE EXTENSION vector",
            )

    def initialize(self) -> None:
        """Make the index, where there can be one and is none."""
        if self.pgvector:
            with self._connection.transaction():  # two at once: IF NOT EXISTS alone does not keep them apart
                self._connection.execute("SELECT pg_advisory_xact_lock(hashtext('vector_store'))")
                self._connection.execute(INDEX)

    def add(self, path: str, body: str) -> None:
        """Store a document in passages of one paragraph each."""
        row = self._connection.execute(
            "INSERT INTO documents (path, body) VALUES (%s, %s) RETURNING id", [path, body]
        ).fetchone()
        assert row
        self._embed(row[0], body)

    def embed_document(self, path: str) -> None:
        """Make the passages of a stored document anew; raises MigrateTasksError where there is none."""
        with self._connection.transaction():
            row = self._connection.execute(
                "SELECT id, body FROM documents WHERE path = %s FOR UPDATE",  # two at once: one after the other
                [path],
            ).fetchone()
            if row is None:
                raise MigrateTasksError(f'there is no document "{path}"')
            self._connection.execute("DELETE FROM document_passages WHERE document_id = %s", [row[0]])
            self._embed(*row)

    def _embed(self, document: uuid.UUID, body: str) -> None:
        passages = [passage for passage in re.split(r"\n\s*\n", body) if passage.strip()]
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO document_passages (document_id, position, passage, embedding) VALUES (%s, %s, %s, %s)",
                [(document, number, passage, embed(passage)) for number, passage in enumerate(passages)],
            )

    def nearest(self, question: str, count: int = 3) -> list[tuple[str, str]]:
        """Return path and passage of the ``count`` passages nearest to ``question``, the nearest first."""
        distance = sql.SQL(DISTANCE_BY_INDEX if self.pgvector else DISTANCE_BY_SCAN)
        query = sql.SQL(NEAREST).format(distance=distance)
        return self._connection.execute(query, {"question": embed(question), "count": count}).fetchall()

    def prove(self) -> None:
        """Store three documents, ask for one, and take everything back; raises MigrateTasksError."""
        folder = f"probe-{uuid.uuid4()}"
        with self._connection.transaction(force_rollback=True):
            if self.pgvector:  # three rows are read faster than any index; the proof is about the index
                self._connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
            try:
                for name, body in PROBE.items():
                    self.add(f"{folder}/{name}", body)
            except psycopg.errors.CheckViolation as error:
                raise ConfigurationError(
                    f"embeddings of {DIMENSIONS} numbers do not fit the table document_passages",
                    detail=f"{error.diag.message_primary}.",
                    hint="Change both in one release: example_app/embeddings.py, and the table by a new migration.",
                ) from None
            found = [path for path, _ in self.nearest(PROBE["advisory-locks.md"])]
        if f"{folder}/advisory-locks.md" not in found:
            raise MigrateTasksError(
                "the vector store does not find a document by its own words",
                detail=f"Searched by {self.method}.",
                hint="REINDEX INDEX idx_document_passages_embedding" if self.pgvector else None,
            )
