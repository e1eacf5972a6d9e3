"""What people say of the history: that a migration is done, or not, or rightly changed. No migration is executed."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, Refused
from migrate_tasks.migrations.changes import Change, change_of
from migrate_tasks.migrations.events import ignore
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import read_rows
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.plan import find, up_to
from migrate_tasks.migrations.recording import History
from migrate_tasks.migrations.session import Session, open_session
from migrate_tasks.migrations.status import Status, is_completed
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrate_tasks.migrations.status import HistoryRow

AT_ONCE = timedelta(0)


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
            hint="In a development database, set APP_ENV=development. To say it of one migration:"
            " invoke migrate.mark NAME --pending",
        )
    migrations = read_migrations(settings.directory)
    names = [str(m.name) for m in ([find(migrations, name)] if name is not None else migrations)]
    with open_session(settings, AT_ONCE) as connection:
        session = Session(connection)
        with hold_lock(session, AT_ONCE, ignore):
            recorded = [
                n for n, row in read_rows(connection).items() if n in names and row.status is not Status.PENDING
            ]
            if recorded:  # where nothing is recorded, the table need not be made for it
                session.send(History(session).pending(recorded))
    return tuple(sorted(recorded))


def mark_migration(settings: Settings | None, name: str, status: Status) -> None:
    """Record the migration ``name`` as completed or pending; the SQL of neither its file nor its companion is executed.

    Who said so is recorded in its row. Raises ConfigurationError where it is so already, or there is no such migration.
    """
    settings = settings or read_settings()
    migration = find(read_migrations(settings.directory), name)
    with _at_the_record(settings) as (session, history, rows):
        row = rows.get(str(migration.name))
        if (row.status if row else Status.PENDING) is status and not (row and row.is_undoing):
            raise ConfigurationError(f'migration "{migration.name}" is {status} already')
        said = {"marked_by": getpass.getuser()}
        if status is Status.COMPLETED:
            session.send(history.adopted(migration, **said))
        else:
            session.send(history.pending([str(migration.name)], **said))


def baseline_migrations(settings: Settings | None, to: str) -> tuple[str, ...]:
    """Record all migrations up to and with ``to`` as completed, without executing them, and return their names.

    For a database that had its schema before it had a history. Those that are completed already stay as they are.
    """
    settings = settings or read_settings()
    wanted = up_to(read_migrations(settings.directory), to)
    with _at_the_record(settings) as (session, history, rows):
        new = [m for m in wanted if not is_completed(m, rows)]
        if new:
            session.send("BEGIN", *(history.adopted(m, baseline=True) for m in new), "COMMIT")
    return tuple(str(m.name) for m in new)


def accept_migration(settings: Settings | None, name: str) -> None:
    """Record that the file of the completed migration ``name`` is right as it is now.

    Raises ConfigurationError where it was not changed.
    """
    settings = settings or read_settings()
    migration = find(read_migrations(settings.directory), name)
    with _at_the_record(settings) as (session, history, rows):
        row = rows.get(str(migration.name))
        if row is None or row.status is not Status.COMPLETED or change_of(migration, row) is Change.NONE:
            raise ConfigurationError(
                f'migration "{migration.name}" was not changed since it was completed'
                if row and row.status is Status.COMPLETED
                else f'migration "{migration.name}" is not completed'
            )
        session.send(history.adopted(migration, accepted_by=getpass.getuser()))


@contextmanager
def _at_the_record(settings: Settings) -> Iterator[tuple[Session, History, Mapping[str, HistoryRow]]]:
    """Yield what is needed to write the history while no run is at work; waits for one."""
    with open_session(settings, AT_ONCE) as connection:
        session = Session(connection)
        with hold_lock(session, AT_ONCE, ignore):
            yield session, History(session), read_rows(connection)
