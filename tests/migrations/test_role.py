"""The setting "role": migrations run as that role, whoever connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.migrations.ground import Ground

OWNERS = (
    "SELECT relname, pg_get_userbyid(relowner) FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
)


@pytest.fixture
def role(any_ground: Ground, tmp_path: Path) -> Iterator[str]:
    """A role that may create tables, with a name that must be quoted."""
    name = f"Owner of {tmp_path.name[-24:]}"
    any_ground.execute(f'CREATE ROLE "{name}"', f'GRANT CREATE ON SCHEMA public TO "{name}"')
    yield name
    any_ground.execute(f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE b (x int)",
        "RESET ROLE; CREATE TABLE b (x int)",
        "SELECT 1; COMMIT; VACUUM a; CREATE TABLE b (x int);",
        "-- migrate: no-transaction\nRESET ROLE; CREATE TABLE b (x int); VACUUM b;",
        "BEGIN; RESET ALL; RESET ROLE; COMMIT; BEGIN; CREATE TABLE b (x int); COMMIT;",
    ],
)
def test_what_is_made_belongs_to_the_role(any_ground: Ground, role: str, text: str) -> None:
    """All tables, that of the history too, belong to the role, also where a file says RESET ROLE."""
    any_ground.write(m001_a="CREATE TABLE a (x int)", m002_b=text, m003_c="CREATE TABLE c (x int)")

    run_migrations(any_ground.given(role=role))

    assert any_ground.ask(OWNERS) == [(table, role) for table in ("a", "b", "c", "migration_status")]
    assert {status for _, status in any_ground.rows()} == {"completed"}


def test_a_role_of_the_file_ends_with_it(any_ground: Ground, role: str) -> None:
    """A file may become somebody else for a while; the row, and the next file, are the role's again."""
    user = any_ground.one("SELECT current_user")
    any_ground.write(
        m001_a=f'SET ROLE "{user}"; CREATE TABLE a (x int)',
        m002_b=f'-- migrate: no-transaction\nSET ROLE "{user}"; CREATE TABLE b (x int);',
        m003_c="CREATE TABLE c (x int)",
    )

    run_migrations(any_ground.given(role=role))

    assert any_ground.ask(OWNERS) == [("a", user), ("b", user), ("c", role), ("migration_status", role)]


def test_a_role_that_is_not_there(any_ground: Ground) -> None:
    """A role that does not exist, or may not be taken, is told before anything is executed."""
    any_ground.write(m001_a="SELECT 1")

    with pytest.raises(ConfigurationError) as caught:
        run_migrations(any_ground.given(role="nobody here"))

    assert 'role "nobody here" does not exist' in caught.value.message
    assert (caught.value.hint or "").startswith("Mend the setting role, or let user ")
    assert any_ground.one("SELECT to_regclass('migration_status')") is None


def test_without_a_role_it_is_the_user_of_the_url(any_ground: Ground) -> None:
    """Where no role is set, nothing is changed."""
    any_ground.write(m001_a="CREATE TABLE a (x int)")

    run_migrations(any_ground.settings)

    with psycopg.connect(any_ground.url) as connection:
        assert {owner for _, owner in connection.execute(OWNERS)} == {connection.info.user}
