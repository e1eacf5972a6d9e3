"""Undoing migrations by their companions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrationFailed, Refused
from migrate_tasks.migrations.down import undo_migrations
from migrate_tasks.migrations.events import Event, MigrationCompleted
from migrate_tasks.migrations.report import migration_status

if TYPE_CHECKING:
    from tests.migrations.ground import Ground

UP = {"m001_a": "CREATE TABLE a (x int)", "m002_b": "CREATE TABLE b (x int)", "m003_c": "CREATE TABLE c (x int)"}
DOWN = {f"{name}__down": text.replace("CREATE", "DROP").replace(" (x int)", "") for name, text in UP.items()}


@pytest.fixture
def done(any_ground: Ground) -> Ground:
    """Three migrations, each with its companion, all of them completed."""
    any_ground.write(**UP, **DOWN)
    run_migrations(any_ground.settings)
    return any_ground


def undone(ground: Ground, **how: Any) -> list[tuple[str, str]]:
    """Undo, and return what was done with each migration."""
    return [(r.name, r.outcome) for r in undo_migrations(ground.settings, **how).results]


def test_steps(done: Ground) -> None:
    """The last migrations are undone, last first, are pending then, and are executed by the next run."""
    events: list[Event] = []

    assert undone(done, steps=2, on_event=events.append) == [("003-c", "executed"), ("002-b", "executed")]
    assert [event.name for event in events if isinstance(event, MigrationCompleted)] == ["003-c", "002-b"]
    assert done.rows() == [("001-a", "completed"), ("002-b", "pending"), ("003-c", "pending")]
    assert done.rows("started_at, completed_at, error_message, metadata ? 'sql'")[1:] == [(None, None, None, False)] * 2
    assert done.relations == {"a"}
    assert run_migrations(done.settings).count("executed") == 2
    assert done.relations == {"a", "b", "c"}


def test_to(done: Ground) -> None:
    """With ``to`` all after that one are undone, and it is kept."""
    assert undone(done, to="001-a.sql") == [("003-c", "executed"), ("002-b", "executed")]
    assert undone(done, to="001-a") == []
    assert done.relations == {"a"}


def test_more_steps_than_there_are(done: Ground) -> None:
    """All are undone where more are asked for than there are."""
    assert [name for name, _ in undone(done, steps=9)] == ["003-c", "002-b", "001-a"]
    assert done.relations == set()


def test_before_the_first_run(ground: Ground) -> None:
    """Where nothing is completed, nothing is undone, and no table is made."""
    ground.write(**UP, **DOWN)

    assert undone(ground, steps=1) == []
    assert ground.one("SELECT to_regclass('migration_status')") is None


def test_not_in_production(done: Ground) -> None:
    """Outside development it must be said twice."""
    there = done.given(app_env="production")

    assert done.refusal(lambda: undo_migrations(there, steps=1), Refused) == (
        'migrations are not undone in environment "production" without a yes\n'
        "DETAIL: What a companion drops is gone, data too.\n"
        "HINT: Write a migration that goes on from here; or say it: invoke migrate.down --yes ..."
    )
    assert undo_migrations(there, steps=1, yes=True).count("executed") == 1


@pytest.mark.parametrize("how", [{}, {"steps": 1, "to": "001-a"}, {"steps": 0}])
def test_how_far_must_be_said(done: Ground, how: dict[str, Any]) -> None:
    """Neither, both, or no step at all is refused."""
    assert done.refusal(lambda: undo_migrations(done.settings, **how)) == (
        "how far down is not said\nHINT: invoke migrate.down --steps 1; or, to keep NAME: --to NAME"
    )


def test_a_companion_is_missing(done: Ground) -> None:
    """Before anything is executed it is told which companion is missing."""
    done.remove("002-b.down")

    assert done.refusal(lambda: undo_migrations(done.settings, to="001-a")) == (
        'migration "002-b" cannot be undone: there is no companion "002-b.down.sql"\n'
        "HINT: Write it, with what undoes the migration; or write a migration that goes on from here."
    )
    assert done.relations == {"a", "b", "c"}


def test_a_companion_without_its_migration(done: Ground) -> None:
    """A companion that has no migration to undo is refused by every command, with the nearest name."""
    done.write(m004_d__down="SELECT 1", m001_b__down="SELECT 1")

    assert done.refusal(lambda: run_migrations(done.settings)) == (
        '"./migrations/001-b.down.sql" undoes a migration that is not there\n'
        'DETAIL: There is no "./migrations/001-b.sql".\n'
        'HINT: Did you mean "002-b"?'
    )


def test_a_companion_without_any_migration(ground: Ground) -> None:
    """Where no name is near, both ways out are told."""
    ground.write(m004_d__down="SELECT 1")

    assert ground.refused_run() == (
        '"./migrations/004-d.down.sql" undoes a migration that is not there\n'
        'DETAIL: There is no "./migrations/004-d.sql".\n'
        "HINT: Remove it, or write ./migrations/004-d.sql."
    )


def test_a_companion_fails(done: Ground) -> None:
    """A companion that is one transaction and fails leaves its migration completed, and names its own place."""
    done.write(m002_b__down="DROP TABLE b;\nDROP TABEL c;")

    assert done.refusal(lambda: undo_migrations(done.settings, to="001-a"), MigrationFailed) == (
        './migrations/002-b.down.sql:2:6: syntax error at or near "TABEL" (SQLSTATE 42601)\n'
        'DETAIL: In "DROP TABEL c". 003-c stays undone; 002-b was rolled back.\n'
        "HINT: Mend ./migrations/002-b.down.sql; the next run continues with it."
    )
    assert done.rows() == [("001-a", "completed"), ("002-b", "completed"), ("003-c", "pending")]
    assert done.rows("metadata ? 'direction'") == [(False,)] * 3
    assert done.relations == {"a", "b"}


def test_a_companion_ends_half_way(done: Ground) -> None:
    """What is half undone is not run again; the next time down continues with the statement that failed."""
    done.write(m003_c__down="-- migrate: no-transaction\nALTER TABLE c ADD y int;\nDROP TABLE d;")

    told = done.refusal(lambda: undo_migrations(done.settings, steps=1), MigrationFailed)
    refused = done.refusal(lambda: run_migrations(done.settings))
    done.write(m003_c__down="-- migrate: no-transaction\nALTER TABLE c ADD y int;\nDROP TABLE c;")

    assert told == (
        './migrations/003-c.down.sql:3:1: table "d" does not exist (SQLSTATE 42P01)\n'
        'DETAIL: In "DROP TABLE d". The first of the 2 statements of 003-c stays done.\n'
        "HINT: Mend ./migrations/003-c.down.sql; the next run continues with statement 2."
    )
    assert refused == (
        'migration "003-c" is half undone: its companion ./migrations/003-c.down.sql did not come to its end\n'
        "HINT: Go on with it: invoke migrate.down --steps 1"
    )
    assert undone(done, steps=1) == [("003-c", "executed")]
    assert done.rows()[2] == ("003-c", "pending")
    assert done.relations == {"a", "b"}


def test_a_newer_one_is_gone(done: Ground) -> None:
    """What comes before a completed migration without a file is not undone."""
    done.remove("003-c", "003-c.down")

    assert done.refusal(lambda: undo_migrations(done.settings, steps=1)) == (
        'migration "003-c" is completed, but its file is gone, so what comes before it cannot be undone\n'
        "HINT: Restore its file; or, if it was undone by hand: remove its row from migration_status."
    )


def test_repeatable_ones_stay(done: Ground) -> None:
    """What is repeatable is not undone."""
    done.write(m009_v="-- migrate: repeatable\nCREATE OR REPLACE VIEW v AS SELECT 1 AS x")
    run_migrations(done.settings)

    assert undone(done, steps=1) == [("003-c", "executed")]
    assert migration_status(done.settings).migrations[-1].status == "completed"
