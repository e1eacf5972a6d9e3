"""The plugin on servers of both versions, as a superuser and as a role that may only create databases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.plugin.ground import Suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

    StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]

ORDERS = """
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL REFERENCES users, note text);
CREATE TABLE tags (id serial PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE, tag text);
"""
# more tests of a kind than a process has databases (pool.MOST), so that the counts do not depend on timing
SHOP = """
import pytest
from pytest_plugin.fixtures import connection, database, template

def seed(db):
    with db.connect() as connection:
        connection.execute("INSERT INTO users (name) SELECT 'user ' || i FROM generate_series(1, 50) i")

shop_template = template(seed=seed)
shop_db = database("shop_template")
shop = connection("shop_db")

@pytest.fixture(autouse=True)
def is_fresh(shop):
    counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM tags)"
    assert shop.execute(counts).fetchone() == (51, 0, 0)
    shop.commit()

@pytest.mark.parametrize("number", range(12))
def test_read(shop, number):
    assert shop.execute("SELECT name FROM users WHERE id = 2").fetchone() == ("user 1",)

@pytest.mark.parametrize("number", range(12))
def test_write(shop, number):
    (order,) = shop.execute("INSERT INTO orders (user_id, note) VALUES (1, 'x') RETURNING id").fetchone()
    assert order == 1
    shop.execute("INSERT INTO tags (order_id, tag) VALUES (1, 'new')")
    shop.commit()

@pytest.mark.parametrize("number", range(3))
def test_write_to_seeds(shop, number):
    shop.execute("UPDATE users SET name = upper(name)")
    shop.execute("DELETE FROM users WHERE id = 7")
    shop.execute("INSERT INTO users (name) VALUES ('eve')")
    shop.commit()

@pytest.mark.parametrize("number", range(2))
def test_change(shop, number):
    shop.execute("ALTER TABLE orders ADD COLUMN extra int")
    shop.execute("CREATE TABLE more ()")
    shop.commit()

def test_last(shop): pass
"""


def check(suite: Suite) -> dict[str, int]:
    """Run the suite, which has to pass, and return the counts of its report; no database is left."""
    suite.migrate(m002_orders=ORDERS)
    suite.write(SHOP)
    before = suite.names()
    told = suite.run("--verify-fresh", "--postgres-report")
    assert told.failures == {}
    assert set(told.outcomes.values()) == {"PASSED"}
    assert suite.names() == before
    lent = "".join(told.section("test databases"))
    return {fate: int(count) for count, fate in re.findall(r"(\d+) (cloned|restored|reused)", lent)}


@pytest.mark.parametrize("version", [18, 15])
def test_a_superuser(bare: Suite, start_server: StartServer, version: int) -> None:
    """As a superuser rows are put back also in tables that had some, and only a changed schema costs a clone."""
    with start_server(version=version) as server:
        counts = check(Suite(bare.pytester, server.url("postgres")))

    assert counts["restored"] >= 5
    assert counts["reused"] >= 2


@pytest.mark.parametrize("version", [18, 15])
def test_a_role_that_may_only_create_databases(
    bare: Suite, tmp_path: Path, start_tcp_server: Callable[[int], AbstractContextManager[str]], version: int
) -> None:
    """As a role with CREATEDB, over TCP and with a password, rows are put back where tables have no triggers."""
    with start_tcp_server(version) as place:
        port = place.rpartition(":")[2]
        with psycopg.connect(f"postgresql://postgres@/postgres?host={tmp_path / 'tcp'}&port={port}") as connection:
            connection.execute("ALTER ROLE shop CREATEDB")
        counts = check(Suite(bare.pytester, f"postgresql://shop:s3cret@{place}/shop"))

    assert counts["restored"] >= 3
    assert counts["reused"] >= 2
