"""What tests do to a database, at random: for the soak in test_soak.py."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SCHEMA = """
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE countries (code text PRIMARY KEY, name citext NOT NULL, area float8, since timestamptz, data jsonb);
INSERT INTO countries VALUES ('de', 'Germany', 357022.1, '1990-10-03 00:00:00.123456+00', '{"a": [1, 2.50]}'),
  ('fr', 'France', 0.1::float8 + 0.2, NULL, NULL), ('xx', E'odd '' \\\\ name', 'NaN', 'infinity', '[]');
CREATE TABLE users (
  id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, country text REFERENCES countries ON DELETE CASCADE,
  feels mood DEFAULT 'ok', age positive, shout text GENERATED ALWAYS AS (upper(name)) STORED, long text);
CREATE TABLE orders (
  id int GENERATED ALWAYS AS IDENTITY, user_id bigint REFERENCES users ON DELETE RESTRICT, note text,
  at timestamptz DEFAULT now(), EXCLUDE USING gist (int4range(id, id + 1) WITH &&));
CREATE TABLE audit (what text, n bigint);
CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit VALUES (TG_OP || ' ' || TG_TABLE_NAME, 1); RETURN coalesce(NEW, OLD); END $$;
CREATE TRIGGER audit_users AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION note_it();
CREATE TABLE watched (id int PRIMARY KEY);
CREATE TRIGGER always AFTER DELETE ON watched FOR EACH ROW EXECUTE FUNCTION note_it();
ALTER TABLE watched ENABLE ALWAYS TRIGGER always;
CREATE TABLE ruled (id int);
CREATE RULE keep AS ON DELETE TO ruled DO ALSO INSERT INTO audit VALUES ('rule', 1);
CREATE TABLE events (id bigint, at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE TABLE parents (id int, name text);
CREATE TABLE children (extra int) INHERITS (parents);
CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value text);
INSERT INTO cache VALUES ('seeded', 'yes');
CREATE TABLE secrets (owner name DEFAULT current_user, word text);
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secrets USING (owner = current_user);
CREATE TABLE documents (id serial, body text, words tsvector);
CREATE INDEX ON documents USING gin (words);
CREATE INDEX ON documents USING brin (id);
CREATE INDEX ON documents USING hash (body);
CREATE TABLE pointers (what regclass, who regrole);
INSERT INTO pointers VALUES ('users', 'postgres');
CREATE SEQUENCE tickets START 100 INCREMENT 5 CACHE 3;
CREATE SEQUENCE used_tickets;
SELECT nextval('used_tickets') FROM generate_series(1, 7);
CREATE UNLOGGED SEQUENCE_OR_NOT;
CREATE MATERIALIZED VIEW per_country AS SELECT country, count(*) FROM users GROUP BY 1;
CREATE UNIQUE INDEX ON per_country (country);
CREATE VIEW adults AS SELECT * FROM users WHERE age >= 18;
CREATE FUNCTION login(who text) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('soak.user', who, false); END $$;
CREATE FUNCTION run(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; END $$;
SELECT lo_from_bytea(4711, 'a large object');
COMMENT ON TABLE users IS 'people';
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET soak.flavour = %L', current_database(), 'vanilla {}');
  EXECUTE format('ALTER DATABASE %I SET lock_timeout = %L', current_database(), '100ms');
  EXECUTE format('ALTER DATABASE %I SET search_path TO "$user", public', current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO PUBLIC', current_database());
  EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'it''s for the soak');
END $$;
""".replace("CREATE UNLOGGED SEQUENCE_OR_NOT;\n", "")

ROLES = ("soak_anna", "soak_bert")


@dataclass
class Player:
    """One test: the connection that it was lent, and how to open others. ``random`` decides everything."""

    random: Random
    lent: psycopg.Connection[Any]
    connect: Callable[[], psycopg.Connection[Any]]
    others: list[psycopg.Connection[Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def play(self) -> None:
        """Do a few things, some of them together, and some of them wrong."""
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 5, 8))):
            action = self.random.choice(ACTIONS)
            connection = self._pick()
            self.log.append(f"{getattr(action, '__name__', '?')} on {'lent' if connection is self.lent else 'other'}")
            with suppress(psycopg.Error):
                action(self, connection)
            with suppress(psycopg.Error):
                self._end(connection)
        for other in self.others:
            if self.random.random() < 0.9:
                other.close()

    def execute(self, connection: psycopg.Connection[Any], *statements: str) -> None:
        """Execute statements; what they are goes into the log."""
        for statement in statements:
            self.log.append(statement)
            connection.execute(statement.encode())

    def number(self, most: int = 5) -> int:
        """Return a small number."""
        return self.random.randint(1, most)

    def word(self) -> str:
        """Return a word."""
        return self.random.choice(("a", "bb", "ccc", "dddd" * 3000))

    def _pick(self) -> psycopg.Connection[Any]:
        if self.random.random() < 0.6 and not self.lent.closed:
            return self.lent
        if not self.others or self.random.random() < 0.3:
            self.others.append(self.connect())
        return self.random.choice(self.others)

    def _end(self, connection: psycopg.Connection[Any]) -> None:
        how = self.random.choice(("commit", "commit", "commit", "rollback", "nothing"))
        self.log.append(how)
        if how != "nothing":
            getattr(connection, how)()


def plain(*statements: str) -> Callable[[Player, psycopg.Connection[Any]], None]:
    """Return an action that executes ``statements``, in which {n} is a number and {w} a word."""

    def action(player: Player, connection: psycopg.Connection[Any]) -> None:
        values = {"n": player.number(), "m": player.number(900), "w": player.word()}
        player.execute(
            connection,
            *(
                s.replace("{n}", str(values["n"])).replace("{m}", str(values["m"])).replace("{w}", str(values["w"]))
                for s in statements
            ),
        )

    return action


def outside(*statements: str) -> Callable[[Player, psycopg.Connection[Any]], None]:
    """Return an action that executes ``statements`` outside of a transaction."""

    def action(player: Player, connection: psycopg.Connection[Any]) -> None:
        connection.rollback()
        connection.autocommit = True
        try:
            player.execute(connection, *statements)
        finally:
            connection.autocommit = False

    return action


def kill_another(player: Player, connection: psycopg.Connection[Any]) -> None:
    """End the session of a connection, maybe one's own."""
    victim = player.random.choice([player.lent, *player.others])
    if not victim.closed:
        player.execute(connection, f"SELECT pg_terminate_backend({victim.info.backend_pid})")


def close_own(player: Player, connection: psycopg.Connection[Any]) -> None:
    """Close a connection in the middle of its work."""
    player.execute(connection, "INSERT INTO audit VALUES ('closing', 1)")
    connection.close()


def prepare(player: Player, connection: psycopg.Connection[Any]) -> None:
    """Let psycopg prepare a statement."""
    for _ in range(7):
        connection.execute("SELECT count(*) FROM users WHERE id > %s", (player.number(),), prepare=True)


def copy_in(player: Player, connection: psycopg.Connection[Any]) -> None:
    """Write rows by COPY."""
    with connection.cursor() as cursor, cursor.copy("COPY events (id, at, what) FROM STDIN") as copy:
        for number in range(player.number(300)):
            copy.write_row((number, f"202{player.number(9)}-01-02", player.word()))


def pipeline(player: Player, connection: psycopg.Connection[Any]) -> None:
    """Write in a pipeline."""
    with connection.pipeline():
        for _ in range(player.number()):
            connection.execute("INSERT INTO documents (body) VALUES (%s)", (player.word(),))


def server_cursor(player: Player, connection: psycopg.Connection[Any]) -> None:
    """Leave a cursor open that outlives its transaction."""
    player.execute(connection, f"DECLARE c{player.number()} CURSOR WITH HOLD FOR SELECT * FROM countries", "FETCH c1")


def shout(player: Player, connection: psycopg.Connection[Any]) -> None:
    """Send notifications to oneself, and do not read them."""
    player.execute(connection, "LISTEN soak", "NOTIFY soak, 'hello'")
    connection.commit()
    player.execute(connection, "SELECT 1")


ACTIONS: tuple[Callable[[Player, psycopg.Connection[Any]], None], ...] = (
    plain("SELECT * FROM users, countries"),
    plain("SELECT count(*) FROM pg_class"),
    plain("SELECT * FROM countries FOR UPDATE"),
    plain("INSERT INTO users (name, country, age, long) VALUES ('{w}' || {m}, 'de', {n}, repeat('{w}', 3))"),
    plain("INSERT INTO users (name, country) SELECT i || '{w}', 'fr' FROM generate_series(1, {m}) i"),
    plain("INSERT INTO orders (user_id, note) VALUES (NULL, '{w}')"),
    plain("INSERT INTO users (name) VALUES ('{w}')", "INSERT INTO orders (user_id) SELECT id FROM users"),
    plain("UPDATE users SET name = name || '!', feels = 'happy'"),
    plain("DELETE FROM orders", "DELETE FROM users"),
    plain("UPDATE countries SET name = '{w}' WHERE code = 'de'"),
    plain("INSERT INTO countries VALUES ('{n}', 'x', random(), now(), '{}')"),
    plain("DELETE FROM countries WHERE code = 'fr'"),
    plain("INSERT INTO events VALUES ({n}, '2025-05-05', '{w}'), ({n}, '2026-05-05', 'new')"),
    plain("UPDATE events SET at = at + 300"),
    plain("INSERT INTO children VALUES ({n}, '{w}', 1)", "UPDATE parents SET name = 'all'"),
    plain("INSERT INTO watched VALUES ({m})"),
    plain("INSERT INTO watched VALUES ({m})", "DELETE FROM watched"),
    plain("INSERT INTO ruled VALUES ({n})", "DELETE FROM ruled"),
    plain("INSERT INTO cache VALUES ('{w}', 'v') ON CONFLICT (key) DO UPDATE SET value = 'again'"),
    plain("INSERT INTO secrets (word) VALUES ('{w}')"),
    plain("INSERT INTO documents (body, words) SELECT '{w}', to_tsvector('{w} and more') FROM generate_series(1, {m})"),
    plain("INSERT INTO pointers VALUES ('orders', 'postgres')"),
    plain("INSERT INTO audit SELECT 'x', i FROM generate_series(1, {m}) i", "DELETE FROM audit WHERE n % 2 = 0"),
    plain("MERGE INTO countries c USING (SELECT 'de' AS code) s ON c.code = s.code WHEN MATCHED THEN DO NOTHING"),
    plain("SELECT nextval('tickets')", "SELECT currval('tickets'), lastval()"),
    plain("SELECT setval('tickets', {m})"),
    plain("SELECT setval('tickets', {m}, false)"),
    plain("SELECT setval('used_tickets', 7)"),
    plain("SELECT nextval('used_tickets'), nextval('users_id_seq')"),
    plain("SELECT last_value FROM orders_id_seq"),
    plain("ALTER SEQUENCE tickets RESTART WITH {m}"),
    plain("TRUNCATE orders"),
    plain("TRUNCATE users RESTART IDENTITY CASCADE"),
    plain("INSERT INTO audit VALUES ('a', 1)", "TRUNCATE audit", "INSERT INTO audit VALUES ('b', 1)"),
    plain("SELECT lo_from_bytea(0, '{w}')"),
    plain("SELECT lo_unlink(4711)"),
    plain("SELECT lo_put(4711, 3, 'XXX')"),
    plain("CREATE TEMP TABLE mine (id int)", "INSERT INTO mine VALUES ({n})"),
    plain("CREATE TEMP TABLE gone (id int) ON COMMIT DROP"),
    plain("CREATE TABLE extra (id serial PRIMARY KEY, w text DEFAULT '{w}')", "INSERT INTO extra DEFAULT VALUES"),
    plain("ALTER TABLE users ADD COLUMN extra int DEFAULT {n}"),
    plain("DROP TABLE orders"),
    plain("CREATE INDEX ON users (country)"),
    plain("COMMENT ON TABLE users IS '{n}'"),
    plain("ALTER TABLE users DISABLE TRIGGER ALL", "INSERT INTO users (name) VALUES ('quiet')"),
    plain("ALTER TABLE watched DISABLE TRIGGER always", "INSERT INTO watched VALUES ({n})"),
    plain("ALTER TABLE audit ALTER n SET STATISTICS 7"),
    plain("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {n}'"),
    plain("CREATE OR REPLACE VIEW adults AS SELECT * FROM users WHERE age >= {n}"),
    plain("CREATE RULE r AS ON INSERT TO audit DO ALSO NOTHING"),
    plain("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'furious'"),
    plain("ALTER TABLE events DETACH PARTITION events_old"),
    plain("REFRESH MATERIALIZED VIEW per_country"),
    plain("REFRESH MATERIALIZED VIEW CONCURRENTLY per_country"),
    plain("ANALYZE users"),
    plain("CLUSTER users USING users_pkey"),
    plain("CREATE EXTENSION IF NOT EXISTS hstore"),
    plain("GRANT SELECT ON users TO soak_anna"),
    plain("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO soak_bert"),
    plain("CREATE ROLE soak_carla"),
    plain("DROP ROLE IF EXISTS soak_carla"),
    plain("SET ROLE soak_anna", "SELECT current_user"),
    plain("SET SESSION AUTHORIZATION soak_bert"),
    plain("SET search_path = pg_catalog", "SET timezone = 'Asia/Tokyo'"),
    plain("SET statement_timeout = '7s'", "SET datestyle = 'SQL, DMY'"),
    plain("SET soak.user = '{w}'"),
    plain("SELECT set_config('soak.user', '{w}', false)"),
    plain("SELECT set_config('soak.local', '{w}', true)"),
    plain("SELECT login('{n}')"),
    plain("SELECT run('SET soak.deep = 1')"),
    plain("DO $$ BEGIN PERFORM set_config('soak.done', 'x', false); END $$"),
    plain("SELECT setseed(0.42)"),
    plain("SELECT random()"),
    plain("SELECT pg_advisory_lock({n})"),
    plain("SELECT pg_advisory_xact_lock({n})"),
    plain("LOCK TABLE users"),
    plain("PREPARE mine AS SELECT $1::int", "EXECUTE mine({n})"),
    plain("DECLARE c CURSOR WITH HOLD FOR SELECT * FROM users"),
    plain("INSERT INTO audit VALUES ('twice', 2)", "PREPARE TRANSACTION 'soak{n}'"),
    plain("INSERT INTO audit VALUES ('bad', 1)", "SELECT 1 / 0"),
    plain("SAVEPOINT s", "INSERT INTO audit VALUES ('undone', 1)", "ROLLBACK TO s", "SELECT nextval('tickets')"),
    plain("INSERT INTO users (name, country) VALUES ('nobody', 'nowhere')"),
    plain("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); END $$"),
    plain("DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''mine''', current_database()); END $$"),
    plain("DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO soak_anna', current_database()); END $$"),
    plain("DO $$ BEGIN EXECUTE format('ALTER ROLE soak_anna IN DATABASE %I SET a.b = 1', current_database()); END $$"),
    outside("VACUUM"),
    outside("VACUUM users, countries, audit"),
    outside("VACUUM FULL users"),
    outside("REINDEX TABLE users"),
    outside("CREATE INDEX CONCURRENTLY ON audit (what)"),
    outside("ALTER SYSTEM SET soak.system = 'x'"),
    outside("SELECT pg_stat_reset()"),
    outside("SELECT gin_clean_pending_list('documents_words_idx')"),
    kill_another,
    close_own,
    prepare,
    copy_in,
    pipeline,
    server_cursor,
    shout,
)
