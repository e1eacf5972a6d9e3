"""Reading how things stand, and setting the record back: what is asked of the history between runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, Refused, TryAgainLater, did_you_mean
from migrate_tasks.migrations.events import ignore
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import History, read_rows
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.session import open_session
from migrate_tasks.migrations.status import Health, Status, StatusReport, assess, report_of
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.migrations.migration import Migration

AT_ONCE = timedelta(0)


def migration_status(settings: Settings | None = None) -> StatusReport:
    """Return how things stand with every migration in the folder; one connection attempt, one query.

    Raises ConfigurationError or TryAgainLater.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, AT_ONCE) as connection:
        rows = read_rows(connection)
    return report_of(migrations, rows)


def migration_health(settings: Settings | None = None) -> Health:
    """Return the one-word answer and its reasons; a database that cannot be reached is an answer too.

    Raises ConfigurationError.
    """
    try:
        return assess(migration_status(settings))
    except TryAgainLater as error:
        return Health("unreachable", StatusReport(()), (error.message,))


def reset_migrations(settings: Settings | None = None, name: str | None = None) -> tuple[str, ...]:
    """Set the record of the migration ``name``, or of all, back to pending, and return the names.

    Nothing that a migration made is dropped: the next run executes it again. Raises Refused outside
    development, TryAgainLater while a run is at work.
    """
    settings = settings or read_settings()
    if not settings.is_development:
        raise Refused(
            f'migration status cannot be reset in environment "{settings.environment}"',
            detail="A reset makes the next run execute completed migrations again."
            + ("" if settings.app_env else " APP_ENV is not set, which counts as production on a database of yours."),
            hint="In a development database, set APP_ENV=development.",
        )
    names = _choose(read_migrations(settings.directory), name)
    with open_session(settings, AT_ONCE) as connection, hold_lock(connection, AT_ONCE, ignore):
        recorded = [n for n, row in read_rows(connection).items() if n in names and row.status is not Status.PENDING]
        if recorded:  # where nothing is recorded, the table need not be made for it
            History(connection).reset(recorded)
    return tuple(sorted(recorded))


def _choose(migrations: Sequence[Migration], name: str | None) -> list[str]:
    names = [str(migration.name) for migration in migrations]
    if name is None:
        return names
    if name.removesuffix(".sql") not in names:
        raise ConfigurationError(
            f'there is no migration "{name}"',
            hint=did_you_mean(name, names) or "The names are shown by: invoke migrate.status",
        )
    return [name.removesuffix(".sql")]
