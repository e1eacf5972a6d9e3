"""Whose a database is: the lease of a living process protects what it made."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg

from pytest_plugin.databases import Databases
from pytest_plugin.grounds import Grounds
from pytest_plugin.options import OPTIONS, Options

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_plugin.server import PostgresServer


def databases_on(url: str, folder: Path) -> Databases:
    """Return what a process has whose --postgres-url is ``url``."""
    options = {option.name: option.default for option in OPTIONS} | {"postgres_url": url}
    return Databases(Options(**options), Grounds(folder, None, print), print)  # type: ignore[arg-type]


def test_runs_whose_urls_name_different_databases(postgres_server: PostgresServer, url: str, tmp_path: Path) -> None:
    """A run drops nothing of a living one, though their URLs name different databases; afterwards it does."""
    living, other = databases_on(postgres_server.url, tmp_path), databases_on(url, tmp_path)
    name = living.workshop.clone("template1")
    other.workshop.drop_all()
    with closing(psycopg.connect(postgres_server.url_of(name))) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    other.close()

    living.workshop.close()  # as a process that is killed

    with closing(databases_on(url, tmp_path)) as third:
        third.workshop.drop_all()
        found = third.workshop.admin.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchall()
    assert found == []


def test_a_prepared_transaction_with_a_lock_on_its_database(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """A database is dropped though a prepared transaction in it has changed the database itself."""
    with closing(databases_on(postgres_server.url, tmp_path)) as databases:
        name = databases.workshop.clone("template1")
        with psycopg.connect(postgres_server.url_of(name), autocommit=True) as connection:
            for statement in ("BEGIN", f'GRANT CREATE ON DATABASE "{name}" TO PUBLIC', f"PREPARE TRANSACTION '{name}'"):
                connection.execute(statement.encode())

        databases.workshop.drop_all()

        found = databases.workshop.admin.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchall()
    assert found == []
