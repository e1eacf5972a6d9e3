"""What a run meets: a folder of migrations and a real database."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import ConfigurationError, MigrateTasksError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.settings import Settings

SESSIONS_OF_RUNS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate-tasks'"
)


@dataclass(frozen=True)
class Ground:
    """A folder of migrations and an empty database, with a way to write into either and to look at them."""

    settings: Settings

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.settings.url or ""

    def given(self, **changes: Any) -> Settings:
        """Return the settings with ``changes``."""
        return replace(self.settings, **changes)

    def write(self, **files: str) -> None:
        """Write migrations; the keyword m001_a is the file 001-a.sql, m001_a__down its companion."""
        for name, text in files.items():
            stem = name[1:].replace("__down", ".down").replace("_", "-")
            (self.settings.directory / f"{stem}.sql").write_text(text, encoding="utf-8", newline="")

    def remove(self, *names: str) -> None:
        """Remove files of migrations."""
        for name in names:
            (self.settings.directory / f"{name}.sql").unlink()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of ``query``."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """Return the first column of the first row of ``query``."""
        return self.ask(query)[0][0]

    def execute(self, *statements: str) -> None:
        """Execute ``statements``, each by itself."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, columns: str = "migration_name, status") -> list[tuple[Any, ...]]:
        """Return the history, in the order of the names."""
        return self.ask(f"SELECT {columns} FROM migration_status ORDER BY migration_name")

    @property
    def relations(self) -> set[str]:
        """The names of all that is in the schema public, but for the history."""
        found = self.ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        return {name for (name,) in found if not name.startswith("migration_status")}

    def shown(self, text: object) -> str:
        """Return ``text`` with the project's own path shown as "."."""
        return str(text).replace(str(self.settings.root), ".")

    def refusal(self, action: Callable[[], object], kind: type[MigrateTasksError] = ConfigurationError) -> str:
        """Return the whole text with which ``action`` is refused."""
        with pytest.raises(kind) as caught:
            action()
        return self.shown(caught.value)

    def refused_run(self, **changes: Any) -> str:
        """Return the whole text with which a run is refused; nothing may be left of it, nor have been before."""
        text = self.refusal(lambda: run_migrations(self.given(**changes)))
        assert self.ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
        return text

    @contextmanager
    def locked(self, table: str, application: str = "shop") -> Iterator[psycopg.Connection]:
        """Hold ACCESS EXCLUSIVE on ``table`` in a session of its own, which is yielded; released at the end."""
        with psycopg.connect(self.url, application_name=application) as session:
            session.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield session
            session.rollback()


@contextmanager
def beside(action: Callable[[], object]) -> Iterator[threading.Thread]:
    """Do ``action`` in a thread, which has ended at the end of the block."""
    thread = threading.Thread(target=action)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(60)
