"""What a run would do, and when it refuses: decided from files and rows alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.changes import normalised_checksum
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.migration import Migration, MigrationName
from migrate_tasks.migrations.plan import Plan, Warned, find, plan_run
from migrate_tasks.migrations.status import HistoryRow, Status
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def migration(name: str, sql: str = "SELECT 1;\n") -> Migration:
    """Return the migration in the file ``name`` with that text."""
    checksum = hashlib.sha256(sql.encode()).hexdigest()
    directives = parse_directives(sql, name)
    return Migration(
        MigrationName(int(name.partition("-")[0]), name), f"migrations/{name}.sql", sql, checksum, directives
    )


def row(of: Migration, status: Status = Status.COMPLETED, kind: str = "sql", **metadata: Any) -> tuple[str, HistoryRow]:
    """Return the row, with its name, that a run of ``of`` leaves."""
    facts = {"checksum": of.checksum, "normalised_checksum": normalised_checksum(of.sql), **metadata}
    return str(of.name), HistoryRow(str(of.name), kind, status, NOON, NOON, None, facts, is_alive=False)


def plan(
    files: Iterable[Migration],
    rows: Iterable[tuple[str, HistoryRow]] = (),
    to: str | None = None,
    before: str | None = None,
    **changes: Any,
) -> Plan:
    """Return the plan of a run; ``before`` is what was executed as any of the migrations."""
    settings: Settings = replace(read_settings(environ={}), **changes)
    return plan_run(tuple(files), dict(rows), settings, lambda _: before, to)


def names(made: Plan) -> list[str]:
    """Return the names of what a run would execute."""
    return [str(one.name) for one in made.pending]


def refusal(*arguments: Any, **changes: Any) -> str:
    """Return the whole text with which a plan is refused."""
    with pytest.raises(ConfigurationError) as caught:
        plan(*arguments, **changes)
    return str(caught.value)


A, B, C = migration("001-a"), migration("002-b"), migration("003-create-c")


def test_everything_that_is_not_completed_is_pending() -> None:
    """A run executes all that is not completed: unknown, pending, running and failed, in their order."""
    files = [migration(f"00{number}-a") for number in range(1, 6)]
    statuses = (Status.COMPLETED, Status.PENDING, Status.RUNNING, Status.FAILED)
    rows = [row(file, status) for file, status in zip(files, statuses, strict=False)]

    assert plan(files, rows) == Plan(tuple(files[1:]), ())


def test_a_plan_may_end_early() -> None:
    """With ``to`` the plan ends with the migration of that name, which may be written with ".sql"."""
    assert names(plan([A, B, C], to="002-b")) == ["001-a", "002-b"]
    assert names(plan([A, B, C], to="002-b.sql")) == ["001-a", "002-b"]
    assert names(plan([A, B, C], [row(A), row(B)], to="001-a")) == []


def test_an_end_that_is_unknown_is_refused() -> None:
    """A name that is no migration's is answered with the nearest, or with where the names are shown."""
    assert refusal([A, B], to="001-b") == 'there is no migration "001-b"\nHINT: Did you mean "002-b"?'
    assert refusal([A, B], to="x") == ('there is no migration "x"\nHINT: The names are shown by: invoke migrate.status')
    assert find([A, B], "002-b.sql") == B


def test_repeatable_ones_come_last() -> None:
    """What is repeatable is executed after all that is numbered, and not at all where the end is named."""
    view = migration("001-view", "-- migrate: repeatable\nSELECT 1")

    assert names(plan([view, B, C])) == ["002-b", "003-create-c", "001-view"]
    assert names(plan([view, B, C], to="003-create-c")) == ["002-b", "003-create-c"]


def test_a_repeatable_one_is_executed_again_when_it_changes() -> None:
    """A repeatable migration is pending when it does something else now, and not when only a comment changed."""
    view = migration("001-view", "-- migrate: repeatable\nSELECT 1")
    reworded = migration("001-view", "-- migrate: repeatable\nselect 1 -- the view")
    changed = migration("001-view", "-- migrate: repeatable\nSELECT 2")

    assert names(plan([view], [row(view, kind="repeatable")])) == []
    assert names(plan([reworded], [row(view, kind="repeatable")])) == []
    assert names(plan([changed], [row(view, kind="repeatable")])) == ["001-view"]


def test_a_change_of_looks_is_a_warning() -> None:
    """A completed file of which only comments and white space changed is told, and stops nothing."""
    reworded = migration("001-a", "-- better\nselect  1\n")

    assert plan([reworded, B], [row(A)]) == Plan(
        (B,), (Warned("001-a", "only comments, white space or the case of keywords changed since it was completed"),)
    )


def test_a_change_of_meaning_is_refused() -> None:
    """A completed file that does something else now is refused, with both checksums, the diff and two ways out."""
    changed, other = migration("003-create-c", "SELECT 1;\nSELECT 2;\n"), migration("002-b", "SELECT 3")

    assert refusal([A, other, changed], [row(A), row(C), row(other, Status.FAILED)], before=C.sql) == (
        'migration "003-create-c" was changed after it was completed\n'
        f"DETAIL: Checksum {C.checksum[:8]} was recorded on 2026-03-02; migrations/003-create-c.sql now has"
        f" {changed.checksum[:8]} (first difference: line 2).\n"
        "  --- as it was executed\n"
        "  +++ as it is now\n"
        "  @@ -1 +1,2 @@\n"
        "   SELECT 1;\n"
        "  +SELECT 2;\n"
        "HINT: Put the file back and the change into a new migration: invoke migrate.new 'create c 2';"
        " or, where the database is as the file says: invoke migrate.accept 003-create-c"
    )


def test_several_changes_are_refused_at_once() -> None:
    """All changed files are named; without the text that ran there is no diff, without a time no day."""
    name, said = row(A)
    changed = [migration("001-a", "SELECT 2"), migration("002-b", "SELECT 3")]

    assert refusal(changed, [(name, replace(said, completed_at=None)), row(B)]) == (
        'migration "001-a" was changed after it was completed\n'
        f"DETAIL: Checksum {A.checksum[:8]} was recorded; migrations/001-a.sql now has"
        f" {changed[0].checksum[:8]}. So were 002-b.\n"
        "HINT: Put the file back and the change into a new migration: invoke migrate.new 'a 2';"
        " or, where the database is as the file says: invoke migrate.accept 001-a"
    )


def test_a_row_without_a_checksum_is_no_change() -> None:
    """A row that somebody has written by hand, without a checksum, is as good as any."""
    name, said = row(A)

    assert plan([A], [(name, replace(said, metadata={}))]) == Plan((), ())


def test_half_undone_is_refused() -> None:
    """Nothing is executed on top of a migration that is half undone."""
    half = replace(A, down="migrations/001-a.down.sql")

    assert refusal([half, B], [row(half, Status.FAILED, direction="down")]) == (
        'migration "001-a" is half undone: its companion migrations/001-a.down.sql did not come to its end\n'
        "HINT: Go on with it: invoke migrate.down --steps 1"
    )


LATE = (
    'migration "002-b" is new, but "003-create-c" is already completed\n'
    "DETAIL: Executed now, it would come after migrations that were written to come after it.\n"
    "HINT: Give it the next number: mv migrations/002-b.sql migrations/004-b.sql;"
    ' or, where the order does not matter: out_of_order = "allow" in [tool.migrate-tasks].'
)


def test_out_of_order() -> None:
    """A new file below a completed one is refused, told or executed, as the setting says."""
    there = [row(A), row(C)]

    assert refusal([A, B, C], there) == LATE
    assert plan([A, B, C], there, out_of_order="allow") == Plan((B,), ())
    assert plan([A, B, C], there, out_of_order="warn") == Plan(
        (B,), (Warned("002-b", "is executed after 003-create-c, which was written to come after it"),)
    )


def test_what_was_put_back_is_not_out_of_order() -> None:
    """A migration that has a row already, as after a reset or a failure, may be executed late."""
    assert plan([A, B, C], [row(A), row(B, Status.PENDING), row(C)]) == Plan((B,), ())


def test_a_repeatable_one_is_never_out_of_order() -> None:
    """A new repeatable migration may have any number, and none comes too late for a repeatable one."""
    view = migration("002-view", "-- migrate: repeatable\nSELECT 1")

    assert names(plan([A, view, C], [row(A), row(C)])) == ["002-view"]
    assert names(plan([A, view], [row(view, kind="repeatable")])) == ["001-a"]


@pytest.mark.parametrize(("gone", "more"), [([B], "migration is"), ([B, C], "migrations are")])
def test_ahead(gone: list[Migration], more: str) -> None:
    """A database with completed migrations newer than any file is refused, told or accepted, as the setting says."""
    rows = [row(A), *(row(one) for one in gone)]
    last = str(gone[-1].name)

    assert plan([A], rows, ahead="ok") == Plan((), ())
    assert plan([A], rows) == Plan(
        (), (Warned(last, "is completed, and newer than any file here: this is an older release, or its file is gone"),)
    )
    assert refusal([A], rows, ahead="fail") == (
        f'the database is ahead of the files: "{last}" is completed, and has no file here\n'
        f"DETAIL: {len(gone)} completed {more} newer than the last file.\n"
        'HINT: Run the release that has the files; or let an older one start: ahead = "warn".'
    )


def test_a_file_that_is_gone_is_told() -> None:
    """A completed migration whose file is gone, although later ones are there, is told; so is a repeatable one."""
    view = migration("009-view", "-- migrate: repeatable\nSELECT 1")

    made = plan([B], [row(A), row(B), row(view, kind="repeatable")])

    assert made == Plan(
        (),
        (
            Warned("001-a", "is completed, but its file is gone"),
            Warned("009-view", "is completed, but its file is gone"),
        ),
    )


def test_a_row_whose_file_is_gone_is_nothing_to_do() -> None:
    """A row of the history without a file, and not completed, is neither pending nor told."""
    assert plan([], [row(A, Status.FAILED)]) == Plan((), ())
