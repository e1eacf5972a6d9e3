"""What a run would do, in full, read from a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks import run_migrations
from migrate_tasks.migrations.modes import Mode
from migrate_tasks.migrations.plan import Warned
from migrate_tasks.migrations.planned import PlannedRun, plan_migrations
from migrate_tasks.migrations.session import Timeouts

if TYPE_CHECKING:
    from tests.migrations.ground import Ground


def test_each_with_its_mode_and_timeouts(any_ground: Ground) -> None:
    """Each pending migration is told with its mode and its timeouts: those of the file, or of the settings."""
    any_ground.write(
        m001_a="CREATE TABLE a (x int)",
        m002_b="-- migrate: lock_timeout 9s\n-- migrate: statement_timeout 1m\nVACUUM",
    )

    planned = plan_migrations(any_ground.given(statement_timeout=timedelta(seconds=5)))

    assert [(one.name, one.script.mode, one.timeouts) for one in planned.migrations] == [
        ("001-a", Mode.TRANSACTION, Timeouts(timedelta(seconds=3), timedelta(seconds=5))),
        ("002-b", Mode.NO_TRANSACTION, Timeouts(timedelta(seconds=9), timedelta(minutes=1))),
    ]
    assert any_ground.one("SELECT to_regclass('migration_status')") is None


def test_warnings_are_planned_too(ground: Ground) -> None:
    """What a run would warn of is a part of its plan; ``to`` ends it."""
    ground.write(m001_a="SELECT 1", m002_b="SELECT 2", m003_c="SELECT 3")
    run_migrations(ground.settings, to="002-b")
    ground.remove("001-a")

    warning = Warned("001-a", "is completed, but its file is gone")
    assert plan_migrations(ground.settings, to="002-b") == PlannedRun((), (warning,))
    assert [one.name for one in plan_migrations(ground.settings).migrations] == ["003-c"]


def test_what_a_run_refuses_is_refused(ground: Ground) -> None:
    """What cannot be read is refused as a run would refuse it."""
    ground.write(m001_a="SELECT 'a")

    assert ground.refusal(lambda: plan_migrations(ground.settings)) == (
        "./migrations/001-a.sql:1:8: unterminated quoted string\n"
        "HINT: Mend ./migrations/001-a.sql; nothing was executed."
    )
