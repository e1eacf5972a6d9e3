"""Repeatable migrations: executed again whenever they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks import migration_health, migration_status, run_migrations
from migrate_tasks.errors import MigrationFailed
from migrate_tasks.migrations.status import Status

if TYPE_CHECKING:
    from tests.migrations.ground import Ground

VIEW = "-- migrate: repeatable\nCREATE OR REPLACE VIEW v AS SELECT {} AS x FROM a;"


def executed(ground: Ground) -> list[str]:
    """Run, and return the names of what was executed."""
    return [one.name for one in run_migrations(ground.settings).results if one.outcome == "executed"]


def test_executed_again_when_it_changes(any_ground: Ground) -> None:
    """It is executed after the numbered ones, skipped while it is the same, and executed again when it changes."""
    any_ground.write(m001_view=VIEW.format(1), m002_a="CREATE TABLE a (y int); INSERT INTO a VALUES (0)")

    assert executed(any_ground) == ["001-view", "002-a"]
    assert executed(any_ground) == []
    any_ground.write(m001_view=VIEW.format(2))
    assert migration_status(any_ground.settings).named(Status.PENDING) == ["001-view"]
    assert executed(any_ground) == ["001-view"]
    assert any_ground.one("SELECT x FROM v") == 2
    assert any_ground.rows("migration_name, migration_type, status") == [
        ("001-view", "repeatable", "completed"),
        ("002-a", "sql", "completed"),
    ]


def test_a_change_of_looks_is_none(any_ground: Ground) -> None:
    """It is not executed again for a comment, and stays completed."""
    any_ground.write(m001_a="CREATE TABLE a (y int)", m002_view=VIEW.format(1))
    run_migrations(any_ground.settings)
    before = any_ground.rows("completed_at")
    any_ground.write(m002_view=VIEW.format(1) + "\n-- as it was\n")

    assert executed(any_ground) == []
    assert any_ground.rows("completed_at") == before
    assert migration_health(any_ground.settings).status == "ok"


def test_a_failure_is_tried_again(ground: Ground) -> None:
    """A repeatable one whose change fails keeps what it had made, and is tried again."""
    ground.write(m001_a="CREATE TABLE a (y int); INSERT INTO a VALUES (0)", m002_view=VIEW.format(1))
    run_migrations(ground.settings)
    ground.write(m002_view=VIEW.format("nope"))
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)

    assert ground.rows()[1] == ("002-view", "failed")
    assert ground.one("SELECT x FROM v") == 1
    ground.write(m002_view=VIEW.format(1))
    assert executed(ground) == ["002-view"]


def test_the_progress_of_an_older_text_is_forgotten(ground: Ground) -> None:
    """What is recorded of a text that was executed statement by statement says nothing of one that is a transaction."""
    ground.write(m001_a="-- migrate: repeatable\n-- migrate: no-transaction\nSELECT 1;\nSELECT 2;")
    run_migrations(ground.settings)
    ground.write(m001_a="-- migrate: repeatable\nSELECT 1/0;")
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)
    ground.write(m001_a="-- migrate: repeatable\nSELECT 3;")

    assert executed(ground) == ["001-a"]
    assert ground.rows("status, metadata ? 'statements_done'") == [("completed", False)]
