"""A table migration_status that is not ours, and a place where none can be made."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import migration_status, run_migrations
from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.history import CREATE
from migrate_tasks.postgres.connection import check_version

if TYPE_CHECKING:
    from pathlib import Path

    from tests.migrations.ground import Ground

TABLE = CREATE.format(table="migration_status")
HINT = "HINT: Rename or move what is there, or have another schema in search_path for the history."

SHAPES = {
    "a column is missing": (
        TABLE + "; ALTER TABLE migration_status DROP COLUMN error_message",
        'Column "error_message" is missing.',
    ),
    "the type is wrong": (
        TABLE + "; ALTER TABLE migration_status ALTER started_at TYPE timestamp",
        'Column "started_at" is timestamp without time zone instead of timestamp with time zone.',
    ),
    "json": (
        TABLE
        + "; ALTER TABLE migration_status ALTER metadata DROP DEFAULT, ALTER metadata TYPE json USING metadata::json",
        'Column "metadata" is json instead of jsonb.',
    ),
    "a view": (
        TABLE.replace("migration_status (", "other (") + "; CREATE VIEW migration_status AS SELECT * FROM other",
        "It is not a table; migration_name is not unique.",
    ),
    "not unique": (
        TABLE + "; ALTER TABLE migration_status DROP CONSTRAINT migration_status_migration_name_key",
        "Migration_name is not unique.",
    ),
    "unique in part": (
        TABLE + "; ALTER TABLE migration_status DROP CONSTRAINT migration_status_migration_name_key;"
        "CREATE UNIQUE INDEX ON migration_status (migration_name) WHERE status = 'completed'",
        "Migration_name is not unique.",
    ),
    "something else": (
        "CREATE TABLE migration_status (id int, name text)",
        (
            'Column "id" is integer instead of uuid; column "migration_name" is missing;'
            ' column "migration_type" is missing; column "status" is missing; column "started_at" is missing;'
            ' column "completed_at" is missing; column "error_message" is missing; column "metadata" is missing.'
        ),
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_another_shape_is_refused(any_ground: Ground, case: str) -> None:
    """A migration_status of another shape is refused, with all that differs, before anything is executed."""
    statements, differences = SHAPES[case]
    any_ground.execute(statements)
    any_ground.write(m001_a="CREATE TABLE a (x int)")
    before = any_ground.relations

    assert any_ground.refusal(lambda: run_migrations(any_ground.settings)) == (
        f"public.migration_status is not a history of migrations\nDETAIL: {differences}\n{HINT}"
    )
    assert any_ground.relations == before


@pytest.mark.parametrize("case", ["a column is missing", "json", "something else"])
def test_status_tells_the_same(any_ground: Ground, case: str) -> None:
    """Asking for the status of such a table is answered with what differs, too."""
    statements, differences = SHAPES[case]
    any_ground.execute(statements)
    any_ground.write(m001_a="SELECT 1")

    told = any_ground.refusal(lambda: migration_status(any_ground.settings))

    assert told == f"public.migration_status is not a history of migrations\nDETAIL: {differences}\n{HINT}"


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE migration_status ADD COLUMN note text",
        "ALTER TABLE migration_status DROP CONSTRAINT migration_status_check",
        "ALTER TABLE migration_status ALTER migration_type SET DEFAULT 'sql'",
    ],
)
def test_more_is_fine(ground: Ground, change: str) -> None:
    """More columns, other defaults and no check do not keep a run from working."""
    ground.execute(TABLE, change)
    ground.write(m001_a="SELECT 1", m002_b="VACUUM")

    run_migrations(ground.settings)

    assert ground.rows() == [("001-a", "completed"), ("002-b", "completed")]


def test_a_partitioned_table_is_a_table(ground: Ground) -> None:
    """A history that somebody has partitioned by its name is as good as any."""
    columns = TABLE.replace("PRIMARY KEY ", "").rstrip()
    ground.execute(
        f"{columns} PARTITION BY LIST (migration_name)",
        "CREATE TABLE part PARTITION OF migration_status DEFAULT",
    )
    ground.write(m001_a="SELECT 1")

    run_migrations(ground.settings)

    assert ground.rows() == [("001-a", "completed")]


def test_no_schema(ground: Ground) -> None:
    """Where no schema of search_path exists, there is no place for the history."""
    ground.write(m001_a="SELECT 1")
    there = ground.given(url=f"{ground.url}&options=-c%20search_path%3Dnowhere")

    assert ground.refusal(lambda: run_migrations(there)) == (
        "there is no schema to create migration_status in: no schema of search_path exists\n"
        "HINT: CREATE SCHEMA, or mend search_path in the database's URL."
    )


def test_a_role_that_may_not_create_the_history(ground: Ground, tmp_path: Path) -> None:
    """A role that may not create the history is told what it needs, and nothing was done."""
    role = f"poor_{tmp_path.name[-20:]}".replace("-", "_")
    ground.write(m001_a="CREATE TABLE a (x int)")
    ground.execute(f'CREATE ROLE "{role}"', "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        told = ground.refused_run(role=role)
    finally:
        ground.execute(f'DROP ROLE "{role}"')

    assert told == (
        "permission denied for schema public (SQLSTATE 42501)\n"
        "DETAIL: Migrations need a user who may create tables and write migration_status.\n"
        "HINT: GRANT it, or name another user in MIGRATION_DATABASE_URL."
    )


@pytest.mark.parametrize(("version", "shown"), [(130011, "13.11"), (90624, "9.624")])
def test_a_server_that_is_too_old(version: int, shown: str) -> None:
    """A server older than 14 is refused."""
    with pytest.raises(ConfigurationError) as caught:
        check_version(version)

    assert str(caught.value) == (
        f"the server is PostgreSQL {shown}, which is too old\n"
        "DETAIL: PostgreSQL 14 is the oldest that works.\n"
        "HINT: Upgrade the server; PostgreSQL itself no longer mends anything older."
    )


@pytest.mark.parametrize("version", [140000, 150007, 180001])
def test_a_server_that_is_new_enough(version: int) -> None:
    """From 14 on any server will do."""
    check_version(version)


def test_a_text_that_is_too_long_is_not_kept(ground: Ground) -> None:
    """Of a file whose compressed text is too long only the checksums are recorded; a change is told without a diff."""
    ground.write(m001_a="\n".join(f"SELECT '{hashlib.sha256(str(n).encode()).hexdigest()}';" for n in range(3000)))
    run_migrations(ground.settings)

    assert ground.rows("metadata ? 'sql', metadata ? 'checksum'") == [(False, True)]
    ground.write(m001_a="SELECT 1")
    told = ground.refusal(lambda: run_migrations(ground.settings))
    assert "first difference" not in told
    assert "as it was executed" not in told


def test_the_text_that_ran_is_kept(ground: Ground) -> None:
    """What ran can be read back by anybody: zlib, then base64."""
    ground.write(m001_a="SELECT 'ü';\n")
    run_migrations(ground.settings)

    with psycopg.connect(ground.url) as connection:
        row = connection.execute("SELECT metadata->>'sql' FROM migration_status").fetchone()
    assert row
    assert zlib.decompress(base64.b64decode(row[0])).decode() == "SELECT 'ü';\n"
