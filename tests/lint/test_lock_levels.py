"""What the linter believes of locks, and what servers of both versions say."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.lint.knowledge.lock_levels import KINDS, is_at_least, locks_of
from migrate_tasks.lint.knowledge.locks import MODES
from migrate_tasks.lint.replay import replay
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.operations import Name
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP = """
CREATE SCHEMA app;
CREATE TABLE users (id int PRIMARY KEY, email text, CONSTRAINT short CHECK (length(email) < 99));
CREATE TABLE orders (
    id int PRIMARY KEY, total int, user_id int CONSTRAINT of_user REFERENCES users, note varchar(20) NOT NULL
);
CREATE TABLE items (id int PRIMARY KEY, order_id int);
ALTER TABLE items ADD CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
ALTER TABLE items ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
CREATE TABLE parts (item_id int REFERENCES items);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX orders_total ON orders (total);
CREATE TABLE events (at int NOT NULL, user_id int REFERENCES users) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
CREATE TABLE loose (at int NOT NULL, user_id int);
CREATE TABLE parent (id int);
CREATE TABLE child () INHERITS (parent);
CREATE TYPE kind AS (id int);
CREATE TABLE typed OF kind;
CREATE MATERIALIZED VIEW totals AS SELECT id AS total FROM child;
CREATE UNIQUE INDEX totals_total ON totals (total);
CREATE VIEW shown AS SELECT id FROM child;
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tell AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION told();
CREATE POLICY own ON users USING (true);
CREATE RULE quiet AS ON DELETE TO orders DO ALSO NOTHING;
"""
IN_TRANSACTION = """
CREATE TABLE notes (user_id int REFERENCES users, order_id int, FOREIGN KEY (order_id) REFERENCES orders);
CREATE TABLE IF NOT EXISTS users (id int REFERENCES orders);
CREATE TABLE heir () INHERITS (parent);
CREATE TABLE twin (LIKE orders INCLUDING ALL);
CREATE TABLE copied AS SELECT * FROM orders;
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (2) TO (3);
ALTER TABLE users ADD COLUMN age int;
ALTER TABLE items ADD COLUMN user_id int REFERENCES users;
ALTER TABLE orders DROP COLUMN total CASCADE;
ALTER TABLE orders DROP COLUMN user_id;
ALTER TABLE orders ALTER COLUMN note TYPE text;
ALTER TABLE orders ALTER COLUMN note TYPE int USING length(note);
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;
ALTER TABLE orders ALTER COLUMN total SET DEFAULT 0;
ALTER TABLE orders ALTER COLUMN total DROP DEFAULT;
ALTER TABLE orders ALTER COLUMN total SET STATISTICS 500;
ALTER TABLE orders ALTER COLUMN total SET (n_distinct = 5);
ALTER TABLE orders ALTER COLUMN total RESET (n_distinct);
ALTER TABLE orders ALTER COLUMN note SET STORAGE EXTERNAL;
ALTER TABLE orders ALTER COLUMN note SET COMPRESSION pglz;
ALTER TABLE orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
ALTER TABLE orders ALTER COLUMN id DROP IDENTITY IF EXISTS;
ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;
ALTER TABLE orders ADD UNIQUE (total);
ALTER TABLE users ADD UNIQUE USING INDEX users_email;
ALTER TABLE orders ADD EXCLUDE USING btree (total WITH =);
ALTER TABLE loose ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE loose ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;
ALTER TABLE items VALIDATE CONSTRAINT of_order;
ALTER TABLE items VALIDATE CONSTRAINT positive;
ALTER TABLE orders DROP CONSTRAINT of_user;
ALTER TABLE users DROP CONSTRAINT short;
ALTER TABLE events ATTACH PARTITION loose FOR VALUES FROM (2) TO (3);
ALTER TABLE events DETACH PARTITION events_1;
ALTER TABLE orders CLUSTER ON orders_total;
ALTER TABLE orders SET WITHOUT CLUSTER;
ALTER TABLE orders SET (fillfactor = 70);
ALTER TABLE orders RESET (fillfactor);
ALTER TABLE users ENABLE TRIGGER tell;
ALTER TABLE users DISABLE TRIGGER ALL;
ALTER TABLE users ENABLE REPLICA TRIGGER tell;
ALTER TABLE users ENABLE ALWAYS TRIGGER tell;
ALTER TABLE orders DISABLE RULE quiet;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;
ALTER TABLE orders REPLICA IDENTITY FULL;
ALTER TABLE orders OWNER TO CURRENT_USER;
ALTER TABLE loose SET UNLOGGED;
ALTER TABLE orders SET TABLESPACE pg_default;
ALTER TABLE orders SET ACCESS METHOD heap;
ALTER TABLE typed NOT OF;
CREATE INDEX ON orders (note);
CREATE UNIQUE INDEX ON ONLY orders (id);
REINDEX TABLE orders;
REINDEX INDEX orders_total;
DROP TABLE parts;
DROP TABLE orders CASCADE;
DROP TABLE events_1;
DROP MATERIALIZED VIEW totals;
DROP INDEX orders_total;
DROP TRIGGER tell ON users;
DROP POLICY own ON users;
DROP RULE quiet ON orders;
ALTER TABLE orders RENAME TO purchases;
ALTER TABLE orders RENAME COLUMN total TO sum;
ALTER TABLE orders RENAME CONSTRAINT of_user TO by_user;
ALTER TABLE orders SET SCHEMA app;
ALTER TRIGGER tell ON users RENAME TO say;
ALTER POLICY own ON users RENAME TO mine;
ALTER RULE quiet ON orders RENAME TO silent;
ALTER MATERIALIZED VIEW totals RENAME TO sums;
ALTER INDEX orders_total RENAME TO by_total;
CREATE TRIGGER another BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION told();
CREATE OR REPLACE TRIGGER tell BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION told();
CREATE POLICY all_of_them ON orders USING (true);
ALTER POLICY own ON users USING (false);
COMMENT ON TABLE orders IS 'what was bought';
COMMENT ON COLUMN orders.total IS 'in cents';
COMMENT ON INDEX orders_total IS 'for reports';
INSERT INTO parent SELECT id FROM orders;
UPDATE users SET email = '' WHERE id IN (SELECT id FROM orders);
DELETE FROM loose;
MERGE INTO users USING orders ON users.id = orders.user_id WHEN MATCHED THEN UPDATE SET email = '';
TRUNCATE child, loose;
TRUNCATE orders CASCADE;
LOCK TABLE orders;
LOCK TABLE orders, ONLY items IN SHARE ROW EXCLUSIVE MODE;
CLUSTER orders USING orders_total;
REFRESH MATERIALIZED VIEW totals;
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
GRANT SELECT ON orders TO PUBLIC;
CREATE VIEW v AS SELECT * FROM orders;
CREATE OR REPLACE VIEW w AS SELECT * FROM orders;
CREATE OR REPLACE VIEW shown AS SELECT id FROM parent;
DROP VIEW shown;
ALTER VIEW shown RENAME TO seen;
COMMENT ON VIEW shown IS 'what is seen';
"""
# what cannot be in a transaction, and the table whose lock it waits for
ALONE = {
    "CREATE INDEX CONCURRENTLY ON orders (note)": "orders",
    "DROP INDEX CONCURRENTLY orders_total": "orders",
    "REINDEX INDEX CONCURRENTLY orders_total": "orders",
    "REINDEX TABLE CONCURRENTLY orders": "orders",
    "VACUUM orders": "orders",
    "VACUUM FULL orders": "orders",
    "ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY": "events",
}
HELD = """
SELECT relation, array_agg(mode) FROM pg_locks WHERE pid = pg_backend_pid() AND relation::bigint = ANY (%s) GROUP BY 1
"""
WAITED_FOR = """
SELECT l.mode FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
WHERE NOT l.granted AND c.relname = %s
"""
Locks = dict[str, str]


def statements_in(sql: str) -> list[str]:
    """Return the texts of the statements in ``sql``."""
    return [statement.text for statement in split_statements(sql)]


def believed(sql: str) -> Locks:
    """Return the strongest lock that a statement takes on each table of SETUP, as the linter says."""
    schema = Schema("001")
    for statement in split_statements(SETUP):
        for operation in operations_of(statement):
            replay(operation, schema)
    found: Locks = {}
    for operation in operations_of(split_statements(sql)[0]):
        for name, mode in locks_of(operation, schema):
            if name.name not in found or is_at_least(mode, found[name.name]):
                found[name.name] = mode
    return found


def spelled(mode: str) -> str:
    """Return a mode of pg_locks as SQL spells it."""
    return next(name for name in MODES if mode == f"{name.title().replace(' ', '')}Lock")


def tables_of(connection: psycopg.Connection) -> dict[int, str]:
    """Return the tables of the database by their numbers, which dropped ones keep."""
    of_schema = "relkind IN ('r', 'p', 'm', 'v') AND relnamespace = 'public'::regnamespace"
    return dict(connection.execute(f"SELECT oid, relname FROM pg_class WHERE {of_schema}").fetchall())


def held_by(connection: psycopg.Connection, tables: dict[int, str]) -> Locks:
    """Return the strongest lock that the session holds on each table, where it is more than reading takes."""
    found = {}
    for table, modes in connection.execute(HELD, [list(tables)]):
        strongest = max(map(spelled, modes), key=MODES.index)
        if strongest != "ACCESS SHARE":
            found[tables[table]] = strongest
    return found


@contextmanager
def waiting(url: str, sql: str) -> Iterator[None]:
    """Send a statement in a session of its own, and end it at the end."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET statement_timeout = '60s'")

        def send() -> None:
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute(sql)

        thread = threading.Thread(target=send)
        thread.start()
        yield
        connection.cancel()
        thread.join()


def waited_for(connection: psycopg.Connection, table: str) -> str:
    """Return the lock on a table that somebody waits for, once somebody does."""
    while not (row := connection.execute(WAITED_FOR, [table]).fetchone()):
        time.sleep(0.01)
    return spelled(row[0])


def test_in_a_transaction(any_url: str) -> None:
    """Each statement takes on the tables that are there just the locks that the linter says."""
    found, expected = {}, {}
    with psycopg.connect(any_url, autocommit=True) as connection:
        connection.execute(SETUP)
        tables = tables_of(connection)
        for sql in statements_in(IN_TRANSACTION):
            with connection.transaction(force_rollback=True):
                connection.execute(sql)
                found[sql] = held_by(connection, tables)
            expected[sql] = believed(sql)
    assert found == expected


def test_outside_of_transactions(any_url: str) -> None:
    """What cannot be in a transaction waits for just the lock that the linter says."""
    found = {}
    with psycopg.connect(any_url, autocommit=True) as watch, psycopg.connect(any_url) as blocker:
        watch.execute(SETUP)
        for sql, table in ALONE.items():
            blocker.execute(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE")
            with waiting(any_url, sql):
                found[sql] = waited_for(watch, table)
            blocker.rollback()
    assert found == {sql: believed(sql)[table] for sql, table in ALONE.items()}


def test_every_kind_is_asked_for() -> None:
    """No kind of operation has a lock that no server was asked about."""
    asked = {
        type(operation)
        for sql in [*statements_in(IN_TRANSACTION), *ALONE]
        for operation in operations_of(split_statements(sql)[0])
    }
    assert set(KINDS) - asked == set()


def test_what_is_not_known() -> None:
    """Of tables that no migration has made, only those are told that the statement names."""
    (operation,) = operations_of(split_statements("ALTER TABLE app.a DROP CONSTRAINT of_user")[0])
    assert locks_of(operation, Schema()) == ((Name("a", "app"), "ACCESS EXCLUSIVE"),)
