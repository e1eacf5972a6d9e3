"""The example application's migrations and stores, on each server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.rows import scalar_row

from example_app.database import check_database
from example_app.embeddings import DIMENSIONS, embed
from example_app.memory_store import MemoryStore, Message
from example_app.settings import read_app_settings
from example_app.vector_store import VectorStore
from migrate_tasks import read_settings, reset_migrations, run_migrations
from migrate_tasks.errors import ConfigurationError
from tests.support import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECTS = """
SELECT format('%s %s', relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT format('f %s', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
ORDER BY 1
"""


@pytest.fixture
def connection(any_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a database with the example's migrations."""
    run_migrations(read_settings(REPOSITORY, environ={"DATABASE_URL": any_url}))
    with psycopg.connect(any_url, autocommit=True) as opened:
        yield opened


def test_migrations_can_run_twice(any_url: str) -> None:
    """Executed once more after a reset, no migration fails and nothing is there twice."""
    settings = read_settings(REPOSITORY, environ={"DATABASE_URL": any_url, "APP_ENV": "development"})
    run_migrations(settings)
    with psycopg.connect(any_url, row_factory=scalar_row) as opened:
        before = opened.execute(OBJECTS).fetchall()

    reset_migrations(settings)
    result = run_migrations(settings)

    with psycopg.connect(any_url, row_factory=scalar_row) as opened:
        assert opened.execute(OBJECTS).fetchall() == before
    assert result.count("executed") == 8


def test_the_data_of_the_first_version_moves(any_url: str) -> None:
    """003 copies documents and conversations of the hand-made tables, 004 tells the MIME types, and none is lost."""
    with psycopg.connect(any_url, autocommit=True) as opened:
        opened.execute("CREATE TABLE files (path text, body text)")
        opened.execute("INSERT INTO files VALUES ('a.md', 'A'), ('b.PDF', 'B'), ('c', 'C')")
        opened.execute("CREATE TABLE conversations (id bigint, said_by text, said text)")
        opened.execute("INSERT INTO conversations VALUES (7, 'user', 'hi'), (7, 'agent', 'hello'), (9, 'user', 'bye')")

    settings = read_settings(REPOSITORY, environ={"DATABASE_URL": any_url, "APP_ENV": "development"})
    run_migrations(settings)
    reset_migrations(settings)
    run_migrations(settings)

    with psycopg.connect(any_url) as opened:
        documents = opened.execute("SELECT path, body, mime_type FROM documents ORDER BY path").fetchall()
        messages = opened.execute(
            "SELECT t.title, m.author, m.content FROM memory_messages AS m"
            " JOIN memory_threads AS t ON t.id = m.thread_id ORDER BY m.id"
        ).fetchall()
    assert documents == [
        ("a.md", "A", "text/markdown"),
        ("b.PDF", "B", "application/pdf"),
        ("c", "C", "application/octet-stream"),
    ]
    assert messages == [
        ("conversation 7", "user", "hi"),
        ("conversation 7", "agent", "hello"),
        ("conversation 9", "user", "bye"),
    ]


def test_documents_are_found_by_meaning(connection: psycopg.Connection) -> None:
    """The passage that shares most words with the question comes first, by index or by scan."""
    store = VectorStore(connection)
    store.initialize()
    store.add("bread.md", "A sourdough starter wants flour and water.\n\nBake it hot.")
    store.add("tides.md", "Spring tides follow the new moon.")

    assert store.nearest("What does a sourdough starter want?", 1) == [
        ("bread.md", "A sourdough starter wants flour and water.")
    ]


def test_the_proof_uses_the_index_and_leaves_nothing(connection: psycopg.Connection) -> None:
    """The proof of the vector store stores nothing; with pgvector its index exists and is used."""
    store = VectorStore(connection)
    store.initialize()
    store.prove()

    assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    if store.pgvector:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT * FROM document_passages ORDER BY embedding::vector(64) <=> %s::real[]::vector(64) LIMIT 1",
            [embed("x")],
        ).fetchall()
        assert any("idx_document_passages_embedding" in line for (line,) in plan)


def test_memory_is_recalled_in_order(connection: psycopg.Connection) -> None:
    """The last messages of a thread come back, the oldest first; its proof leaves nothing."""
    store = MemoryStore(connection)
    store.prove()
    thread = store.open_thread("a talk")
    for content in ("one", "two", "three"):
        store.remember(thread, Message("user", content))

    assert store.recall(thread, 2) == [Message("user", "two"), Message("user", "three")]
    assert store.count_threads() == 1


def test_agents_ask_by_exec_sql(connection: psycopg.Connection) -> None:
    """exec_sql answers one query as JSON, and refuses what would change something."""
    answer = connection.execute("SELECT exec_sql('SELECT 1 AS a, true AS b')").fetchone()

    assert answer == ({"a": 1, "b": True},)
    with pytest.raises(psycopg.errors.SyntaxError):
        connection.execute("SELECT exec_sql('DELETE FROM documents')")


def test_health_of_the_database(connection: psycopg.Connection) -> None:
    """A server that will do is described."""
    version = connection.execute(
        "SELECT split_part(current_setting('server_version'), ' ', 1), current_database()"
    ).fetchone()
    assert version

    assert check_database(connection) == f'PostgreSQL {version[0]}, database "{version[1]}"'


def test_embeddings_have_length_one() -> None:
    """An embedding has DIMENSIONS numbers and length 1; a text without words has none."""
    vector = embed("one two three")

    assert len(vector) == DIMENSIONS
    assert sum(x * x for x in vector) == pytest.approx(1)
    assert set(embed("...")) == {0.0}


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "DATABASE_URL is not set\nHINT: Set it to the URL of the service's database."),
        (
            {"APP_ENV": "prod"},
            'APP_ENV is "prod"\nHINT: Set it to one of development, test, staging, production.',
        ),
        (
            {"DATABASE_URL": "x", "SEARCH_CANDIDATES": "many"},
            'SEARCH_CANDIDATES is "many"\nHINT: Set it to a number from 1 to 1000.',
        ),
        (
            {"DATABASE_URL": "x", "NEEDS_PGVECTOR": "yes"},
            'NEEDS_PGVECTOR is "yes"\nHINT: Set it to true or false.',
        ),
        ({"DATABASE_URL": "x", "MCP_SERVER": "sh -c 'x"}, "MCP_SERVER is no command line: no closing quotation"),
    ],
)
def test_settings_that_do_not_fit(environ: dict[str, str], message: str) -> None:
    """A setting that is missing or wrong is named, with what would be right."""
    with pytest.raises(ConfigurationError) as caught:
        read_app_settings(environ)

    assert str(caught.value) == message
