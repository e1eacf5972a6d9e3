"""The pytest plugin of migrate-tasks: a fresh, migrated Postgres database for each test that asks for one.

The names here are for a conftest.py: factories for further fixtures, and what ``migrated_db`` is, for annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_plugin.fixtures import connection, database, template

if TYPE_CHECKING:
    from pytest_plugin.migrated_database import MigratedDatabase

__all__ = ["MigratedDatabase", "connection", "database", "template"]


def __getattr__(name: str) -> Any:
    if name != "MigratedDatabase":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pytest_plugin.migrated_database import MigratedDatabase  # with psycopg, for those who need it

    return MigratedDatabase
