"""What a run would do, in full: each pending migration with its script and its timeouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import read_rows, read_text
from migrate_tasks.migrations.modes import Script, read_script
from migrate_tasks.migrations.plan import Warned, plan_run
from migrate_tasks.migrations.session import Timeouts, open_session, timeouts_of
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from migrate_tasks.migrations.migration import Migration

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Planned:
    """One migration that a run would execute."""

    name: str
    script: Script
    timeouts: Timeouts


@dataclass(frozen=True)
class PlannedRun:
    """What a run would execute, in order, and what it would warn of."""

    migrations: tuple[Planned, ...]
    warnings: tuple[Warned, ...]


def plan_migrations(settings: Settings | None = None, *, to: str | None = None) -> PlannedRun:
    """Return what a run would do now; nothing is executed and nothing locked.

    Raises what :func:`migrate_tasks.run_migrations` would raise before it executes anything.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, AT_ONCE) as connection:
        plan = plan_run(migrations, read_rows(connection), settings, partial(read_text, connection), to)
    return PlannedRun(tuple(_planned(migration, settings) for migration in plan.pending), plan.warnings)


def _planned(migration: Migration, settings: Settings) -> Planned:
    script = read_script(migration.sql, migration.path, migration.directives)
    return Planned(str(migration.name), script, timeouts_of(settings, migration.directives))
