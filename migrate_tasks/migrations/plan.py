"""What a run would do: which migrations are pending, in which order, and whether the history allows it.

Pure: everything is decided from the files and the rows, before anything is executed.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, UnknownMigration, did_you_mean
from migrate_tasks.migrations.changes import Change, change_of, diff_of
from migrate_tasks.migrations.names import file_name_for, next_number, number_in
from migrate_tasks.migrations.status import REPEATABLE, HistoryRow, Status, is_changed, is_completed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.settings import Settings

SHOWN = 8  # characters of a checksum that messages show


@dataclass(frozen=True)
class Warned:
    """Something that does not stop a run, but that people should know: of which migration, and what."""

    name: str
    message: str


@dataclass(frozen=True)
class Plan:
    """The migrations that a run would execute, in order, and what it would warn of."""

    pending: tuple[Migration, ...]
    warnings: tuple[Warned, ...]


def plan_run(
    migrations: Sequence[Migration],
    rows: Mapping[str, HistoryRow],
    settings: Settings,
    read_text: Callable[[str], str | None],
    to: str | None = None,
) -> Plan:
    """Return the plan of a run, up to the migration ``to`` if one is named.

    ``read_text`` returns what was executed as a migration. Raises ConfigurationError where a completed file was
    changed, and, as the settings say, where a new one is out of order or the database is ahead of the files.
    """
    _refuse_changed(migrations, rows, read_text)
    _refuse_half_undone(migrations, rows)
    wanted = up_to(migrations, to)
    pending = [m for m in wanted if not is_completed(m, rows)]
    warnings = [
        *_cosmetic(migrations, rows),
        *_missing(migrations, rows),
        *_ahead(migrations, rows, settings.ahead),
        *_out_of_order(migrations, pending, rows, settings.out_of_order),
    ]
    numbered = [m for m in pending if not m.directives.repeatable]
    repeatable = [m for m in pending if m.directives.repeatable] if to is None else []
    return Plan((*numbered, *repeatable), tuple(warnings))


def up_to(migrations: Sequence[Migration], to: str | None) -> Sequence[Migration]:
    """Return the migrations up to and with ``to``, or all where it is None; raises ConfigurationError."""
    if to is None:
        return migrations
    last = find(migrations, to)
    return [m for m in migrations if m.name <= last.name]


def find(migrations: Sequence[Migration], name: str) -> Migration:
    """Return the migration that ``name`` names, with or without ".sql"; raises UnknownMigration."""
    wanted = name.removesuffix(".sql")
    for migration in migrations:
        if str(migration.name) == wanted:
            return migration
    raise UnknownMigration(
        f'there is no migration "{name}"',
        hint=did_you_mean(name, [str(m.name) for m in migrations]) or "The names are shown by: invoke migrate.status",
    )


def _refuse_changed(
    migrations: Sequence[Migration], rows: Mapping[str, HistoryRow], read_text: Callable[[str], str | None]
) -> None:
    changed = [m for m in migrations if (row := rows.get(str(m.name))) and is_changed(m, row)]
    if not changed:
        return
    migration, *others = changed
    row = rows[str(migration.name)]
    when = f" on {row.completed_at:%Y-%m-%d}" if row.completed_at else ""
    before = read_text(row.name)
    line, diff = diff_of(before, migration.sql) if before is not None else (0, "")
    difference = f" (first difference: line {line})" if diff else ""
    also = f" So were {', '.join(str(m.name) for m in others)}." if others else ""
    words = str(migration.name).split("-", 1)[1].replace("-", " ")
    raise ConfigurationError(
        f'migration "{migration.name}" was changed after it was completed',
        detail=f"Checksum {row.metadata['checksum'][:SHOWN]} was recorded{when}; {migration.path} now has"
        f" {migration.checksum[:SHOWN]}{difference}.{also}{f'{chr(10)}{diff}' if diff else ''}",
        hint=f"Put the file back and the change into a new migration: invoke migrate.new {shlex.quote(f'{words} 2')};"
        f" or, where the database is as the file says: invoke migrate.accept {migration.name}",
    )


def _refuse_half_undone(migrations: Sequence[Migration], rows: Mapping[str, HistoryRow]) -> None:
    for migration in migrations:
        row = rows.get(str(migration.name))
        if row and row.is_undoing:
            raise ConfigurationError(
                f'migration "{row.name}" is half undone: its companion {migration.down} did not come to its end',
                hint="Go on with it: invoke migrate.down --steps 1",
            )


def _cosmetic(migrations: Sequence[Migration], rows: Mapping[str, HistoryRow]) -> list[Warned]:
    return [
        Warned(row.name, "only comments, white space or the case of keywords changed since it was completed")
        for m in migrations
        if (row := rows.get(str(m.name))) and row.status is Status.COMPLETED and change_of(m, row) is Change.COSMETIC
    ]


def without_file(migrations: Sequence[Migration], rows: Mapping[str, HistoryRow]) -> list[HistoryRow]:
    """Return the rows of completed migrations that have no file here, in the order of their numbers."""
    names = {str(m.name) for m in migrations}
    gone = [row for row in rows.values() if row.name not in names and row.status is Status.COMPLETED]
    return sorted(gone, key=lambda row: (number_in(row.name), row.name))


def _missing(migrations: Sequence[Migration], rows: Mapping[str, HistoryRow]) -> list[Warned]:
    return [
        Warned(row.name, "is completed, but its file is gone")
        for row in without_file(migrations, rows)
        if number_in(row.name) <= _last_number(migrations) or row.type == REPEATABLE
    ]


def _ahead(migrations: Sequence[Migration], rows: Mapping[str, HistoryRow], policy: str) -> list[Warned]:
    gone = [row for row in without_file(migrations, rows) if row.type != REPEATABLE]
    newer = [row for row in gone if number_in(row.name) > _last_number(migrations)]
    if not newer or policy == "ok":
        return []
    last = newer[-1].name
    if policy == "fail":
        raise ConfigurationError(
            f'the database is ahead of the files: "{last}" is completed, and has no file here',
            detail=f"{len(newer)} completed migration{'s are' if len(newer) > 1 else ' is'} newer than the last file.",
            hint='Run the release that has the files; or let an older one start: ahead = "warn".',
        )
    return [Warned(last, "is completed, and newer than any file here: this is an older release, or its file is gone")]


def _out_of_order(
    migrations: Sequence[Migration], pending: Sequence[Migration], rows: Mapping[str, HistoryRow], policy: str
) -> list[Warned]:
    """Warn of new migrations below the last completed one; one that has a row was put back on purpose."""
    completed = [m for m in migrations if is_completed(m, rows) and not m.directives.repeatable]
    if not completed or policy == "allow":
        return []
    last = completed[-1].name
    late = [m for m in pending if m.name < last and str(m.name) not in rows and not m.directives.repeatable]
    if late and policy == "fail":
        raise _late(late[0], str(last), migrations)
    return [Warned(str(m.name), f"is executed after {last}, which was written to come after it") for m in late]


def _late(migration: Migration, last: str, migrations: Sequence[Migration]) -> ConfigurationError:
    words = str(migration.name).split("-", 1)[1]
    better = file_name_for(words, next_number([m.name.number for m in migrations]))
    source = PurePath(migration.path)
    return ConfigurationError(
        f'migration "{migration.name}" is new, but "{last}" is already completed',
        detail="Executed now, it would come after migrations that were written to come after it.",
        hint=f"Give it the next number: mv {shlex.quote(str(source))} {shlex.quote(str(source.with_name(better)))};"
        ' or, where the order does not matter: out_of_order = "allow" in [tool.migrate-tasks].',
    )


def _last_number(migrations: Sequence[Migration]) -> int:
    return max((m.name.number for m in migrations), default=0)
