"""``invoke migrate.reset``, ``baseline``, ``mark``, ``accept``: what people say of the history; no SQL is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke import Context, task

from migrate_tasks.tasks.edge import HELP, edge, say, say_json, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@task(help={**HELP, "name": "the one migration to set back (default: all)"})
@edge
def reset(
    c: Context,
    name: str | None = None,
    directory: str | None = None,
    url: str | None = None,
    *,
    json: bool = False,
) -> None:
    """Set migrations back to pending; development only, and nothing that they made is dropped."""
    from migrate_tasks.migrations.record import reset_migrations
    from migrate_tasks.render.json import reset_json

    names = reset_migrations(settings_of(c, directory=directory, url=url), name)
    lines = [
        *(f"{name} is pending again" for name in names),
        f"{len(names)} reset; what they made is still there, and files that cannot run twice will fail",
    ]
    say_json(reset_json(names)) if json else say("\n".join(lines))


@task(help={**HELP, "to": "the last migration that the database has already"})
@edge
def baseline(c: Context, to: str, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Record all migrations up to one as completed: for a database that had its schema before its history."""
    from migrate_tasks.migrations.record import baseline_migrations

    _tell(baseline_migrations(settings_of(c, directory=directory, url=url), to), "completed", json=json)


@task(help={**HELP, "name": "the migration", "completed": "it is done", "pending": "it is to be executed"})
@edge
def mark(
    c: Context,
    name: str,
    directory: str | None = None,
    url: str | None = None,
    *,
    completed: bool = False,
    pending: bool = False,
    json: bool = False,
) -> None:
    """Record one migration as completed or pending, and who said so; nothing is executed, nothing dropped."""
    from migrate_tasks.errors import ConfigurationError
    from migrate_tasks.migrations.record import mark_migration
    from migrate_tasks.migrations.status import Status

    if completed is pending:
        raise ConfigurationError("it is not said as what to mark it", hint="Add --completed, or --pending.")
    status = Status.COMPLETED if completed else Status.PENDING
    mark_migration(settings_of(c, directory=directory, url=url), name, status)
    _tell([name.removesuffix(".sql")], status, json=json)


@task(help={**HELP, "name": "the migration whose file was changed"})
@edge
def accept(c: Context, name: str, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Record that the changed file of a completed migration is right as it is now; nothing is executed."""
    from migrate_tasks.migrations.record import accept_migration

    accept_migration(settings_of(c, directory=directory, url=url), name)
    _tell([name.removesuffix(".sql")], "accepted", json=json)


def _tell(names: Sequence[str], status: str, *, json: bool) -> None:
    from migrate_tasks.render.json import marked_json

    lines = [f"{name} is recorded as {status}" for name in names] or ["nothing to record: all of them are completed"]
    say_json(marked_json(names, status)) if json else say("\n".join(lines))
