"""What people say of the history: baseline, mark, accept; nothing of a file is executed."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import reset_migrations, run_migrations
from migrate_tasks.errors import MigrationFailed, TryAgainLater
from migrate_tasks.migrations.down import undo_migrations
from migrate_tasks.migrations.lock import LOCK_KEY
from migrate_tasks.migrations.record import accept_migration, baseline_migrations, mark_migration
from migrate_tasks.migrations.status import Status

if TYPE_CHECKING:
    from tests.migrations.ground import Ground

FILES = {"m001_a": "CREATE TABLE a (x int)", "m002_b": "CREATE TABLE b (x int)", "m003_c": "CREATE TABLE c (x int)"}


@pytest.fixture
def three(any_ground: Ground) -> Ground:
    """Three migrations, none of them executed."""
    any_ground.write(**FILES)
    return any_ground


def test_baseline(three: Ground) -> None:
    """All up to one are recorded as completed without being executed; a run goes on behind them."""
    assert baseline_migrations(three.settings, "002-b.sql") == ("001-a", "002-b")
    assert baseline_migrations(three.settings, "002-b") == ()
    assert three.rows("migration_name, status, started_at, metadata->>'baseline'") == [
        ("001-a", "completed", None, "true"),
        ("002-b", "completed", None, "true"),
    ]
    assert three.relations == set()
    assert run_migrations(three.settings).count("executed") == 1
    assert three.relations == {"c"}


def test_baseline_leaves_what_is_completed(three: Ground) -> None:
    """What a run has completed stays as it is recorded."""
    run_migrations(three.settings, to="001-a")
    before = three.rows("id, completed_at, metadata")

    assert baseline_migrations(three.settings, "003-c") == ("002-b", "003-c")
    assert three.rows("id, completed_at, metadata")[:1] == before


def test_mark_completed(three: Ground) -> None:
    """A failed migration that somebody has finished by hand is completed, with who said so, and without its error."""
    three.write(m002_b="SELECT 1/0")
    three.refusal(lambda: run_migrations(three.settings), MigrationFailed)

    mark_migration(three.settings, "002-b", Status.COMPLETED)

    columns = "status, error_message, metadata->>'marked_by'"
    assert three.rows(columns)[1:] == [("completed", None, getpass.getuser())]
    assert run_migrations(three.settings).count("executed") == 1


def test_mark_pending(three: Ground) -> None:
    """A completed migration is executed again when somebody says that it is pending; the mark is gone then."""
    run_migrations(three.settings)
    three.execute("DROP TABLE b")

    mark_migration(three.settings, "002-b.sql", Status.PENDING)
    marked = three.rows("status, completed_at, metadata->>'marked_by'")[1]
    run_migrations(three.settings)

    assert marked == ("pending", None, getpass.getuser())
    assert three.rows("status, metadata ? 'marked_by'")[1] == ("completed", False)
    assert three.relations == {"a", "b", "c"}


def test_mark_pending_forgets_the_progress(three: Ground) -> None:
    """A file that failed half-way is executed from its beginning after it was marked as pending."""
    three.write(m002_b="-- migrate: no-transaction\nCREATE TABLE IF NOT EXISTS b (x int);\nSELECT 1/0;")
    three.refusal(lambda: run_migrations(three.settings), MigrationFailed)
    three.write(m002_b="-- migrate: no-transaction\nCREATE TABLE IF NOT EXISTS d (x int);\nSELECT 1;")

    mark_migration(three.settings, "002-b", Status.PENDING)
    run_migrations(three.settings)

    assert three.relations == {"a", "b", "c", "d"}


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PENDING])
def test_mark_of_what_is_half_undone(ground: Ground, status: Status) -> None:
    """Somebody who has finished the way down, or up, by hand can say so."""
    ground.write(m001_a="CREATE TABLE a (x int)", m001_a__down="-- migrate: no-transaction\nSELECT 1;\nSELECT 1/0;")
    run_migrations(ground.settings)
    ground.refusal(lambda: undo_migrations(ground.settings, steps=1), MigrationFailed)

    mark_migration(ground.settings, "001-a", status)

    assert ground.rows() == [("001-a", status)]
    if status is Status.COMPLETED:
        assert run_migrations(ground.settings).count("skipped") == 1


@pytest.mark.parametrize(("name", "status"), [("001-a", Status.COMPLETED), ("003-c", Status.PENDING)])
def test_mark_as_it_is_already(three: Ground, name: str, status: Status) -> None:
    """To say what the history says already is refused."""
    run_migrations(three.settings, to="002-b")

    assert (
        three.refusal(lambda: mark_migration(three.settings, name, status)) == f'migration "{name}" is {status} already'
    )


def test_accept(three: Ground) -> None:
    """A changed file is accepted as it is now, with who said so, and the next run has nothing to complain of."""
    run_migrations(three.settings)
    three.write(m002_b="CREATE TABLE b (x bigint)")

    accept_migration(three.settings, "002-b.sql")

    assert run_migrations(three.settings).count("skipped") == 3
    assert three.rows("metadata->>'accepted_by'")[1] == (getpass.getuser(),)
    assert three.rows("metadata->>'checksum' = encode(sha256('CREATE TABLE b (x bigint)'), 'hex')")[1] == (True,)


def test_accept_needs_a_change(three: Ground) -> None:
    """What was not changed, or is not completed, is not accepted."""
    run_migrations(three.settings, to="001-a")

    assert three.refusal(lambda: accept_migration(three.settings, "001-a")) == (
        'migration "001-a" was not changed since it was completed'
    )
    assert three.refusal(lambda: accept_migration(three.settings, "002-b")) == 'migration "002-b" is not completed'


def test_an_unknown_name(three: Ground) -> None:
    """A name that is no migration's is answered with the nearest, whatever is to be said of it."""
    message = 'there is no migration "0002-b"\nHINT: Did you mean "002-b"?'

    assert three.refusal(lambda: mark_migration(three.settings, "0002-b", Status.COMPLETED)) == message
    assert three.refusal(lambda: baseline_migrations(three.settings, "0002-b")) == message
    assert three.refusal(lambda: accept_migration(three.settings, "0002-b")) == message
    assert three.one("SELECT to_regclass('migration_status')") is None


def test_not_during_a_run(three: Ground) -> None:
    """While a run is at work nobody says anything of the history."""
    with psycopg.connect(three.url, application_name="shop") as other:
        other.execute(f"SELECT pg_advisory_lock({LOCK_KEY})")
        told = three.refusal(lambda: mark_migration(three.settings, "001-a", Status.COMPLETED), TryAgainLater)

    assert told.startswith(
        'another run of migrations is still at work after 0ms\nDETAIL: The lock is held by "shop" on local (backend '
    )


def test_reset_forgets_the_progress(three: Ground) -> None:
    """A reset sets failed migrations back, too, with all that was recorded of their progress."""
    three.write(m003_c="-- migrate: no-transaction\nSELECT 1;\nSELECT 1/0;")
    three.refusal(lambda: run_migrations(three.given(lock_wait=timedelta(seconds=1))), MigrationFailed)

    assert reset_migrations(three.settings) == ("001-a", "002-b", "003-c")
    assert three.rows("status, error_message, metadata ? 'statements_done'") == [("pending", None, False)] * 3
