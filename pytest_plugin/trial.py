"""Trying migrations on databases of their own: each in its turn, and what it claims on a copy.

One database goes through the migrations in their order and executes each once, so what is tried costs about as much
as one run. Claims are tried on copies of it, which are dropped: nothing that fails, and nothing that a companion has
undone, can reach the migrations that come after.

Not here: what a migration claims, and how it is told (claims.py), and pytest (items.py).
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.migrations.down import undo_migrations
from migrate_tasks.migrations.record import baseline_migrations, mark_migration
from migrate_tasks.migrations.runner import run_migrations
from migrate_tasks.migrations.status import Status
from migrate_tasks.postgres.dump import dump_schema
from pytest_plugin.fixtures import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.settings import Settings
    from pytest_plugin.server import PostgresServer

# what pg_dump says of a schema, or why it could not be asked
Schema = str | MigrateTasksError


class DoesNotApply(MigrateTasksError):
    """``migration`` could not be executed in its turn, as ``error`` tells; nor can those after it."""

    def __init__(self, migration: Migration, error: MigrateTasksError) -> None:
        super().__init__(error.message, detail=error.detail, hint=error.hint)
        self.migration = migration
        self.is_told = False  # to people


def in_turn(migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """Return ``migrations`` in the order in which a run executes them: the repeatable ones at the end."""
    return tuple(sorted(migrations, key=lambda migration: (migration.directives.repeatable, migration.name)))


@dataclass(frozen=True)
class Scratch:
    """A database that may be thrown away."""

    settings: Settings

    def execute(self, migration: Migration) -> None:
        """Execute ``migration``, the only one that is pending among those that may be."""
        # a run that ends at a migration executes none that is repeatable
        run_migrations(self.settings, to=None if migration.directives.repeatable else str(migration.name))

    def execute_again(self, migration: Migration) -> None:
        """Execute ``migration``, which is completed."""
        mark_migration(self.settings, str(migration.name), Status.PENDING)
        self.execute(migration)

    def execute_repeatable(self, migration: Migration, last: str) -> None:
        """Execute ``migration``, and none of the repeatable ones after it; ``last`` is the highest name of all."""
        baseline_migrations(self.settings, last)
        self.execute_again(migration)

    def undo(self) -> None:
        """Undo the migration that was executed last."""
        undo_migrations(self.settings, steps=1)

    def schema(self) -> Schema:
        """Return the schema, or why there is none to be had: no pg_dump, above all."""
        try:
            return dump_schema(self.settings.url or "")
        except MigrateTasksError as error:
            return error


class Trial:
    """The database of one worker, on which ``migrations`` are tried in their order, and its copies."""

    def __init__(self, server: PostgresServer, root: Path, migrations: Sequence[Migration]) -> None:
        self.before: Schema = ""  # the schema that the migration tried last has met, if it has a companion
        self._server = server
        self._root = root
        self._migrations = migrations
        self._failed: list[DoesNotApply] = []
        self._start_again()

    def _start_again(self) -> None:
        self._stack = ExitStack()
        self._name = ""
        self._done = 0
        self._tried: Migration | None = None

    def close(self) -> None:
        """Drop the database; the next migration gets a new one."""
        self._stack.close()
        self._start_again()

    def apply(self, migration: Migration) -> None:
        """Have the database as ``migration`` leaves it; raises DoesNotApply, for it or for one before it."""
        turn = self._migrations.index(migration)
        self._refuse_failed(turn)
        if self._tried == migration:
            return
        if turn < self._done:  # tests may come in any order
            self.close()
        self._execute_before(turn)
        if migration.down:
            self.before = self._scratch().schema()
        self._execute(migration)
        self._tried = migration

    @contextmanager
    def copy_after(self, migration: Migration) -> Iterator[Scratch]:
        """Yield a copy of the database as ``migration`` leaves it; raises DoesNotApply."""
        self.apply(migration)
        with self._server.database(self._name) as name:
            yield self._scratch_on(name)

    def _refuse_failed(self, turn: int) -> None:
        for failed in self._failed:
            if failed.migration in self._migrations[: turn + 1]:
                raise failed

    def _execute_before(self, turn: int) -> None:
        """Execute what comes before the migration of that ``turn``, in one run as far as it goes: that is faster."""
        self._tried = None
        numbered = [m for m in self._migrations[self._done : turn] if not m.directives.repeatable]
        if len(numbered) > 1:
            try:
                self._scratch().execute(numbered[-1])
                self._done += len(numbered)
            except MigrateTasksError:
                self.close()  # which one it was shows when each has a run of its own
        for earlier in self._migrations[self._done : turn]:
            self._execute(earlier)

    def _execute(self, migration: Migration) -> None:
        try:
            if migration.directives.repeatable:
                last = max(m.name for m in self._migrations)
                self._scratch().execute_repeatable(migration, str(last))
            else:
                self._scratch().execute(migration)
        except MigrateTasksError as error:
            self.close()  # a part of what cannot be one transaction may stay
            self._failed.append(DoesNotApply(migration, error))
            raise self._failed[-1] from None
        self._done += 1

    def _scratch(self) -> Scratch:
        self._name = self._name or self._stack.enter_context(self._server.database())
        return self._scratch_on(self._name)

    def _scratch_on(self, name: str) -> Scratch:
        return Scratch(settings_for(self._root, url=self._server.url_of(name)))
