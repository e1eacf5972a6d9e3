"""Undoing migrations by their companions: ``007-name.down.sql`` undoes ``007-name.sql``.

A companion is executed as its migration is: in one transaction with the row, or unit by unit.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, Refused
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.events import OnEvent, ignore
from migrate_tasks.migrations.files import read_migrations, read_sql
from migrate_tasks.migrations.history import read_rows
from migrate_tasks.migrations.modes import read_script
from migrate_tasks.migrations.names import DOWN, number_in
from migrate_tasks.migrations.plan import find, without_file
from migrate_tasks.migrations.runner import working
from migrate_tasks.migrations.session import open_session
from migrate_tasks.migrations.status import REPEATABLE, RunResult, Status
from migrate_tasks.migrations.watch import Stop
from migrate_tasks.migrations.work import Job
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.status import HistoryRow
    from migrate_tasks.migrations.work import Work


def undo_migrations(  # noqa: PLR0913 -- keywords, each with a default
    settings: Settings | None = None,
    *,
    steps: int | None = None,
    to: str | None = None,
    yes: bool = False,
    on_event: OnEvent = ignore,
    stop: Stop | None = None,
) -> RunResult:
    """Undo the last ``steps`` migrations, or all after ``to``, last first, and return what was done with each.

    Raises Refused in production without ``yes``; ConfigurationError, before anything is executed, where a companion is
    missing; and what :func:`migrate_tasks.run_migrations` raises.
    """
    from migrate_tasks.migrations.execution import Execution

    settings = settings or read_settings()
    if not (settings.is_development or yes):
        raise Refused(
            f'migrations are not undone in environment "{settings.environment}" without a yes',
            detail="What a companion drops is gone, data too.",
            hint="Write a migration that goes on from here; or say it: invoke migrate.down --yes ...",
        )
    if (steps is None) is (to is None) or (steps is not None and steps < 1):
        raise ConfigurationError(
            "how far down is not said", hint="invoke migrate.down --steps 1; or, to keep NAME: --to NAME"
        )
    migrations = read_migrations(settings.directory)
    with open_session(settings, settings.connect_wait, on_event) as connection:
        if not _companions(migrations, read_rows(connection), steps, to):
            return RunResult(len(migrations))
        with working(connection, settings, on_event, stop or Stop()) as work:
            rows = read_rows(connection)
            jobs = [_job(work, companion) for companion in _companions(migrations, rows, steps, to)]
            return Execution(work, [str(m.name) for m in reversed(migrations)], [], rows, "undone").execute(jobs)


def _companions(
    migrations: Sequence[Migration], rows: Mapping[str, HistoryRow], steps: int | None, to: str | None
) -> list[Migration]:
    """Return what is to be executed, in that order: the migrations to be undone, each with its companion's SQL."""
    kept = find(migrations, to).name if to is not None else None
    done = [m for m in migrations if _is_to_be_undone(m, rows) and (kept is None or m.name > kept)]
    chosen = done[::-1][:steps]
    lowest = chosen[-1].name.number if chosen else 0
    gone = [row.name for row in without_file(migrations, rows) if row.type != REPEATABLE]
    newer = [name for name in gone if chosen and number_in(name) > lowest]
    if newer:
        raise ConfigurationError(
            f'migration "{newer[-1]}" is completed, but its file is gone, so what comes before it cannot be undone',
            hint="Restore its file; or, if it was undone by hand: remove its row from migration_status.",
        )
    return [_companion(migration) for migration in chosen]


def _is_to_be_undone(migration: Migration, rows: Mapping[str, HistoryRow]) -> bool:
    row = rows.get(str(migration.name))
    is_done = row is not None and (row.status is Status.COMPLETED or row.is_undoing)
    return is_done and not migration.directives.repeatable


def _companion(migration: Migration) -> Migration:
    if migration.down is None:
        name = f"{migration.name}{DOWN}"
        raise ConfigurationError(
            f'migration "{migration.name}" cannot be undone: there is no companion "{name}"',
            hint="Write it, with what undoes the migration; or write a migration that goes on from here.",
        )
    sql = read_sql(migration.down)
    return replace(migration, path=migration.down, sql=sql, directives=parse_directives(sql, migration.down))


def _job(work: Work, companion: Migration) -> Job:
    name, history = str(companion.name), work.history
    script = read_script(companion.sql, companion.path, companion.directives)
    return Job(
        companion,
        script,
        work.timeouts_of(companion.directives),
        partial(history.undoing, name),
        partial(history.undone, name),
        # of one transaction nothing is left, and the migration is as it was
        partial(history.failed, name) if script.units else lambda _: history.not_undone(name),
    )
