"""Migrations of every kind in one project, and what must be true of its database once they are completed.

Hardly anything here can run twice: a statement executed once too often, or not at all, shows in the schema,
in the rows of ``audit``, which has no unique constraint, or as an error.
"""

from __future__ import annotations

import difflib
import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from migrate_tasks.postgres.servers.binaries import find_binaries
from tests.support import TASKS, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

MIGRATIONS = {
    "001-people": """
        CREATE TABLE audit (name text NOT NULL);
        CREATE TYPE mood AS ENUM ('glad', 'sad');
        CREATE TABLE people (
            id int PRIMARY KEY, name text NOT NULL, email text, city text, badge int, age int, note text,
            mood mood NOT NULL DEFAULT 'glad');
        INSERT INTO people (id, name, email, city, badge, age)
            SELECT n, md5(n::text), n || '@example.org', md5((n % 100)::text), -n, n % 90
            FROM generate_series(1, 30000) AS n;
        INSERT INTO audit VALUES ('001');
    """,
    "002-index": "CREATE INDEX CONCURRENTLY people_city ON people (city);",
    "003-several-indexes": """
        CREATE INDEX CONCURRENTLY people_name ON people (name);
        CREATE UNIQUE INDEX CONCURRENTLY people_email ON people (email);
        CREATE INDEX CONCURRENTLY people_adults ON people (age, city) WHERE age >= 18;
    """,
    "004-orders": """
        CREATE TABLE orders (id int NOT NULL, year int NOT NULL, PRIMARY KEY (year, id)) PARTITION BY LIST (year);
        CREATE TABLE orders_2023 PARTITION OF orders FOR VALUES IN (2023);
        CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES IN (2024);
        INSERT INTO orders SELECT n, 2023 + n % 2 FROM generate_series(1, 1000) AS n;
        CREATE PROCEDURE fill_notes() LANGUAGE plpgsql AS $$
        BEGIN
            FOR batch IN 0..3 LOOP
                UPDATE people SET note = 'filled' WHERE id / 500 = batch AND note IS NULL;
                COMMIT;
            END LOOP;
        END $$;
        CREATE TABLE words AS SELECT n, n::text AS word FROM generate_series(1, 80) AS n;
        CREATE FUNCTION slowly(word text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_sleep(0.01);
            RETURN word;
        END $$;
        INSERT INTO audit VALUES ('004');
    """,
    "005-blocks": """
        BEGIN;
        CREATE TABLE first_block (id int);
        INSERT INTO audit VALUES ('005 first');
        COMMIT;

        START TRANSACTION;
        ALTER TABLE first_block ADD COLUMN second int;
        SELECT pg_sleep(0.05);
        INSERT INTO audit VALUES ('005 second');
        END;

        BEGIN ISOLATION LEVEL REPEATABLE READ;
        SAVEPOINT here;
        INSERT INTO audit VALUES ('005 never');
        ROLLBACK TO here;
        ALTER TABLE first_block RENAME TO three_blocks;
        INSERT INTO audit VALUES ('005 third');
        COMMIT;
    """,
    "006-commit-then-index": """
        ALTER TABLE people ADD COLUMN country text NOT NULL DEFAULT 'dk';
        INSERT INTO audit VALUES ('006');
        COMMIT;
        SET lock_timeout = '5s';
        CREATE INDEX CONCURRENTLY people_country ON people (country, id);
    """,
    "007-index-without-a-name": "CREATE INDEX CONCURRENTLY ON people (age);",
    "008-enum-value-used": """
        ALTER TYPE mood ADD VALUE 'calm';
        ALTER TABLE people ALTER COLUMN mood SET DEFAULT 'calm';
        UPDATE people SET mood = 'calm' WHERE id <= 100;
        INSERT INTO audit VALUES ('008');
    """,
    "009-directive": """-- migrate: no-transaction
        CALL fill_notes();
        BEGIN;
        ALTER TABLE people ADD CONSTRAINT noted CHECK (id >= 2000 OR note IS NOT NULL);
        INSERT INTO audit VALUES ('009');
        COMMIT;
    """,
    "010-slow": """
        CREATE TABLE slow_first (id int);
        SELECT pg_sleep(0.2);
        CREATE TABLE slow_second (id int);
        INSERT INTO audit VALUES ('010');
    """,
    "011-reindex": """
        REINDEX INDEX CONCURRENTLY people_city;
        REINDEX TABLE CONCURRENTLY people;
    """,
    "012-other-index-of-the-same-name": """
        DROP INDEX CONCURRENTLY people_name;
        CREATE INDEX CONCURRENTLY people_name ON people (lower(name));
    """,
    "013-vacuum": "VACUUM (ANALYZE) people;",
    "014-rename-enum-value": """
        ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
        INSERT INTO audit VALUES ('014');
    """,
    "015-detach": "ALTER TABLE orders DETACH PARTITION orders_2023 CONCURRENTLY;",
    "016-do": """
        DO $$
        BEGIN
            FOR n IN 1..5 LOOP
                EXECUTE format('CREATE TABLE made_%s (id int)', n);
            END LOOP;
        END $$;
        INSERT INTO audit VALUES ('016');
    """,
    "017-constraint-with-index": """
        CREATE UNIQUE INDEX CONCURRENTLY people_badge ON people (badge);
        ALTER TABLE people ADD CONSTRAINT people_badge UNIQUE USING INDEX people_badge;
        INSERT INTO audit VALUES ('017');
    """,
    "018-drop-index": "DROP INDEX CONCURRENTLY people_adults;",
    # takes longer than a server that looks after its client needs to see it dead: the index stays INVALID
    "019-slow-index": "CREATE INDEX CONCURRENTLY words_slowly ON words (slowly(word));",
    "020-last": """
        CREATE VIEW adults AS SELECT id, name FROM people WHERE age >= 18;
        COMMENT ON VIEW adults IS 'the last one';
        INSERT INTO audit VALUES ('020');
    """,
}

# behind a pooler there is one more row, of the run itself
HISTORY = "SELECT status, count(*) FROM migration_status WHERE migration_name = ANY(%s) GROUP BY 1"
INVALID = (
    "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive) ORDER BY 1"
)
DETACHING = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhdetachpending"
PEOPLE = "SELECT count(*), count(note), count(*) FILTER (WHERE mood = 'calm'), min(country) FROM people"


@dataclass(frozen=True)
class Outcome:
    """What a database holds; ``audit`` and ``history`` say how many rows there are of each name and status."""

    history: dict[str, int]
    audit: dict[str, int]
    invalid_indexes: list[str]
    half_detached: list[str]
    people: tuple[Any, ...] | None
    schema: list[str]


def outcome_of(url: str, major_version: int) -> Outcome:
    """Return what the database of ``url`` holds."""
    with psycopg.connect(url, autocommit=True) as connection:
        history = connection.execute(HISTORY, [list(MIGRATIONS)]).fetchall()
        audit = connection.execute("SELECT name, count(*) FROM audit GROUP BY 1 ORDER BY 1").fetchall()
        return Outcome(
            dict(history),
            dict(audit),
            [name for (name,) in connection.execute(INVALID)],
            [name for (name,) in connection.execute(DETACHING)],
            connection.execute(PEOPLE).fetchone(),
            schema_of(url, major_version),
        )


def schema_of(url: str, major_version: int) -> list[str]:
    """Return the lines of the schema that migrations made, as pg_dump writes them."""
    program = find_binaries(major_version).directory / "pg_dump"
    command = [str(program), "--schema-only", "--exclude-table=migration_status", url]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # \restrict and \unrestrict carry a new random key each time
    return [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]


def difference(outcome: Outcome, meant: Outcome) -> list[str]:
    """Return the lines in which ``outcome`` is not as ``meant``."""
    ours, theirs = (
        [*(f"{name}: {value}" for name, value in vars(side).items() if name != "schema"), *side.schema]
        for side in (outcome, meant)
    )
    return [line for line in difflib.ndiff(theirs, ours) if line.startswith(("+", "-"))]


def is_as_meant(outcome: Outcome) -> bool:
    """Return whether all migrations are completed, each of their parts took effect once, and nothing is half done."""
    parts = re.findall(r"INTO audit VALUES \('(\d+(?: (?!never)\w+)?)'\)", " ".join(MIGRATIONS.values()))
    return (outcome.history, outcome.audit, outcome.invalid_indexes, outcome.half_detached) == (
        {"completed": len(MIGRATIONS)},
        dict.fromkeys(parts, 1),
        [],
        [],
    )


@dataclass(frozen=True)
class Place:
    """A project with the mixture, in ``root``, and a server to run it on."""

    server: EmbeddedServer
    root: Path

    def prepare(self) -> Place:
        """Write the project's files, and return the place."""
        project = Project(self.root)
        project.write("tasks.py", TASKS)
        for name, text in MIGRATIONS.items():
            project.write(f"migrations/{name}.sql", text)
        return self

    @contextmanager
    def fresh_database(self, name: str) -> Iterator[Project]:
        """Make a database, yield the project on it, and drop the database; the server may be stopped in between."""
        self._execute(f"CREATE DATABASE {name}")
        yield Project(self.root, {"DATABASE_URL": self.server.url(name), "APP_ENV": "development"})
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def outcome(self, name: str) -> Outcome:
        """Return what the database ``name`` holds."""
        return outcome_of(self.server.url(name), self.server.major_version)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())
