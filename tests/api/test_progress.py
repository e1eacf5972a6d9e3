"""How far a run is, as seen from another process: on which statement of which file, and who is in its way."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from migrate_tasks import run_migrations
from tests.api.asking import client_of, data_of
from tests.migrations.ground import beside
from tests.support import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from starlette.testclient import TestClient

    from tests.migrations.ground import Ground
    from tests.support import Pooler


# for at most 20 s, and in nobody's way
UNTIL_TOLD = """DO $$ BEGIN
  FOR n IN 1..400 LOOP EXIT WHEN EXISTS (SELECT FROM pg_class WHERE relname = 'told'); PERFORM pg_sleep(0.05); END LOOP;
END $$"""


def seen(client: TestClient, **facts: Any) -> dict[str, Any]:
    """Return the first answer of GET status whose progress has these facts."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        data = data_of(client.get("/status"))
        if data["progress"] and facts.items() <= data["progress"].items():
            return data
        time.sleep(0.05)
    raise AssertionError(data)


def test_the_statement(ground: Ground, client: TestClient) -> None:
    """Of a migration that is one transaction the file, the statement and the time are told, and who runs it."""
    ground.write(m001_a=f"CREATE TABLE a ();\n{UNTIL_TOLD};\nSELECT 1;")

    with beside(lambda: run_migrations(ground.settings)):
        data = seen(client, migration="001-a", statement=2, statements=3)
        ground.execute("CREATE TABLE told ()")

    assert data["progress"]["blockers"] == []
    assert 0 <= data["progress"]["elapsed_ms"] < 5000
    assert data["running"] == 1
    assert data["lock"]["held"] is True
    assert data["lock"]["holder"]["application"] == "migrate-tasks"
    until(lambda: data_of(client.get("/status"))["progress"] is None, 5)


def test_one_statement_after_the_other(ground: Ground, client: TestClient) -> None:
    """Of a migration that is no transaction the record tells the statement."""
    ground.write(m001_a=f"-- migrate: no-transaction\nCREATE TABLE a ();\n{UNTIL_TOLD};\nSELECT 1;")

    with beside(lambda: run_migrations(ground.settings)):
        data = seen(client, migration="001-a", statement=2, statements=3)
        ground.execute("CREATE TABLE told ()")

    assert data["progress"]["blockers"] == []


def test_a_long_name(ground: Ground, client: TestClient) -> None:
    """A name that the server cuts off in pg_stat_activity is known all the same."""
    name = f"001-{'-'.join(['long'] * 10)}"
    (ground.settings.directory / f"{name}.sql").write_text("SELECT 1;\nSELECT pg_sleep(2)")

    with beside(lambda: run_migrations(ground.settings)):
        seen(client, migration=name, statement=2, statements=2)


def test_who_is_in_the_way(ground: Ground, client: TestClient) -> None:
    """A migration that waits for a lock names the session that has it."""
    ground.write(m001_a="CREATE TABLE t ()", m002_b="ALTER TABLE t ADD COLUMN x int")
    run_migrations(ground.settings, to="001-a")

    with ground.locked("t") as session, beside(lambda: run_migrations(ground.settings)):
        data = seen(client, migration="002-b")
        pid = session.info.backend_pid
        session.rollback()

    (blocker,) = data["progress"]["blockers"]
    assert re.fullmatch(
        rf'backend {pid} \("shop", user "\w+", in a transaction for [\w.]+\): LOCK TABLE t IN ACCESS EXCLUSIVE MODE',
        blocker,
    )


def test_behind_a_pooler(ground: Ground, start_pgbouncer: Callable[..., AbstractContextManager[Pooler]]) -> None:
    """A run behind a pooler is seen, too, from behind it as well."""
    ground.write(m001_a="SELECT 1;\nSELECT pg_sleep(2.5);")
    with start_pgbouncer(ground.url, pool_mode="transaction") as pooler:
        pooled = ground.given(url=pooler.url(ground.one("SELECT current_database()")))
        client = client_of(pooled)
        with beside(lambda: run_migrations(pooled)):
            data = seen(client, migration="001-a", statement=2, statements=2)

    assert data["lock"]["holder"]["backend_pid"] is None
