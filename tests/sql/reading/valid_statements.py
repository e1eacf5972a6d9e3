"""Statements of Postgres on tables and indexes, each in the grammar of 15 or 18: what the readers must read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.reading import operations_of as read
from migrate_tasks.sql.statements import split_statements

if TYPE_CHECKING:
    from migrate_tasks.sql.operations import Operation

CREATE_TABLE = (
    "CREATE TABLE t ()",
    "CREATE TEMP TABLE tmp_ids (id bigint) ON COMMIT DROP",
    "CREATE LOCAL TEMPORARY TABLE IF NOT EXISTS x (a int) ON COMMIT DELETE ROWS TABLESPACE fast",
    "CREATE GLOBAL TEMP TABLE x (a int) WITHOUT OIDS ON COMMIT PRESERVE ROWS",
    "CREATE UNLOGGED TABLE app.t (a int) USING heap WITH (fillfactor = 70, toast.autovacuum_enabled = off)",
    "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)",
    "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2))",
    "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED NOT NULL)",
    "CREATE TABLE t (id int, c text STORAGE EXTERNAL COMPRESSION lz4)",
    "CREATE TABLE t (id int, c text STORAGE DEFAULT COMPRESSION DEFAULT NOT NULL)",
    "CREATE TABLE t (a int CHECK (a > 0) NO INHERIT, b text CONSTRAINT nn NOT NULL)",
    "CREATE TABLE t (id int, during tstzrange, PRIMARY KEY (id, during WITHOUT OVERLAPS))",
    (
        "CREATE TABLE t (p point, b box, i inet, m macaddr, x xml, ts tsvector, r int4range, mr int4multirange, o oid,"
        " bits bit varying(8), iv interval day to second(3), tz time with time zone)"
    ),
    "CREATE TABLE IF NOT EXISTS user_analytics (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), user_id TEXT NOT NULL)",
    (
        "CREATE TABLE migration_status (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), status TEXT NOT NULL"
        " DEFAULT 'pending', CONSTRAINT known CHECK (status IN ('pending', 'done')))"
    ),
    "CREATE TABLE t (a serial, b bigserial, c smallserial)",
    "CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(1536))",
    "CREATE TABLE t (id int, INDEX idx_a (id))",
    "CREATE TABLE t (id int, KEY idx_a (id))",
    "CREATE TABLE t (e ENUM('a','b'))",
    "CREATE TABLE t (a NVARCHAR(MAX))",
    "CREATE TABLE t (id int NOT NULL NULL)",
    'CREATE TABLE t (index int, key text, "index" int, fulltext tsvector, spatial geometry(Point, 4326))',
    "CREATE TABLE t (LIKE s INCLUDING ALL EXCLUDING INDEXES, LIKE app.r, a int)",
    "CREATE TABLE c (CHECK (a > 0), b int) INHERITS (p, app.q) WITH (fillfactor = 50)",
    'CREATE TABLE m (id int, at timestamptz) PARTITION BY RANGE (at, lower(id::text) COLLATE "C" text_ops)',
    "CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2025-01-01', MINVALUE) TO ('2026-01-01', MAXVALUE)",
    "CREATE TABLE m_2 PARTITION OF m (id DEFAULT 1 NOT NULL, at WITH OPTIONS UNIQUE, CHECK (id > 0)) DEFAULT",
    "CREATE TABLE m_3 PARTITION OF m FOR VALUES IN ('a', NULL) PARTITION BY HASH (id)",
    "CREATE TABLE m_4 PARTITION OF m FOR VALUES WITH (MODULUS 4, REMAINDER 0) TABLESPACE fast",
    "CREATE TABLE t OF app.person (PRIMARY KEY (name), salary WITH OPTIONS DEFAULT 1000)",
    "CREATE TABLE t OF person",
    "CREATE TABLE t AS SELECT 1 AS a WITH NO DATA",
    "CREATE TEMP TABLE IF NOT EXISTS t (a, b) USING heap WITH (fillfactor = 70) ON COMMIT DROP AS VALUES (1, 2)",
    "CREATE TABLE t (a) AS (SELECT 1) WITH DATA",
    "CREATE TABLE t AS TABLE s",
    "CREATE TABLE t AS WITH q AS (SELECT 1) SELECT * FROM q",
    "CREATE TABLE t AS EXECUTE q(1)",
    "CREATE FOREIGN TABLE ft (id int) SERVER s OPTIONS (table_name 't')",
    "CREATE FOREIGN TABLE IF NOT EXISTS ft (id int OPTIONS (column_name 'i') NOT NULL) INHERITS (p) SERVER s",
    "CREATE FOREIGN TABLE fp PARTITION OF m FOR VALUES IN (1) SERVER s OPTIONS (a 'b')",
    (
        "CREATE TABLE t (a int REFERENCES p, b int CONSTRAINT fk REFERENCES app.p (x) MATCH SIMPLE ON DELETE"
        " SET DEFAULT ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED NOT NULL)"
    ),
    (
        "CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT WITH (fillfactor = 70) USING INDEX TABLESPACE fast,"
        " b int PRIMARY KEY USING INDEX TABLESPACE fast NOT DEFERRABLE INITIALLY IMMEDIATE)"
    ),
    (
        "CREATE TABLE t (a int CHECK (a > 0) NOT ENFORCED, FOREIGN KEY (a) REFERENCES p NOT ENFORCED, CHECK"
        " (a > 1) ENFORCED)"
    ),
    "CREATE TABLE t (id int, at tstzrange, FOREIGN KEY (id, PERIOD at) REFERENCES p (id, PERIOD at))",
    "CREATE TABLE t (a int, NOT NULL a NO INHERIT, CONSTRAINT nn NOT NULL a)",
    (
        "CREATE TABLE t (a int, b circle, EXCLUDE USING gist (b WITH &&, (a + 1) int4_ops DESC NULLS LAST WITH"
        " OPERATOR(pg_catalog.=)) INCLUDE (a) WITH (fillfactor = 70) USING INDEX TABLESPACE fast WHERE (a > 0)"
        " DEFERRABLE INITIALLY DEFERRED)"
    ),
    "CREATE TABLE t (a int, EXCLUDE (a WITH =))",
    (
        "CREATE TABLE t (a int, b int, UNIQUE NULLS DISTINCT (a, b) INCLUDE (b) DEFERRABLE, PRIMARY KEY (a) INCLUDE (b)"
        " WITH (fillfactor = 70) USING INDEX TABLESPACE fast)"
    ),
    (
        "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 2) PRIMARY KEY,"
        " b int GENERATED BY DEFAULT AS IDENTITY UNIQUE)"
    ),
    'CREATE TABLE t (a text DEFAULT \'x\'::text COLLATE pg_catalog."de_DE" NOT NULL, b text COLLATE "C" UNIQUE)',
    (
        "CREATE TABLE t (a timestamptz(3) DEFAULT now() + interval '1 day' CHECK (a > now()),"
        " b bool DEFAULT (1 IS NOT NULL) NOT NULL, c text DEFAULT CASE WHEN 1 = 1 THEN NULL ELSE 'a' END NULL,"
        " d int[] DEFAULT ARRAY[1, 2]::int[] UNIQUE, e float DEFAULT .5 NOT NULL, f float DEFAULT -1.5e3 NOT NULL,"
        " g json DEFAULT '{}' NOT NULL, h text DEFAULT NULL NULL)"
    ),
    (
        "CREATE TABLE t (a timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,"
        " b bool DEFAULT 1 IS DISTINCT FROM 2 NOT NULL, c text DEFAULT 'a' || 'b' UNIQUE)"
    ),
    (
        "CREATE TABLE t (a character varying(10)[], b int ARRAY, c int ARRAY[3], d int[3][], e national character(3),"
        ' f "char", g pg_catalog.int4, h app."Mood"[], i double precision, j nchar varying(3), k interval(3),'
        " l interval year to month, m decimal(10, -2), n time(3) without time zone, o app.money(1, 'x'))"
    ),
    'CREATE TABLE "T" ("a""b" int, U&"\\0061" int, "select" text, value int, "GENERATED" int, type text, exclude int)',
)
CREATE_INDEX = (
    (
        "CREATE UNIQUE INDEX CONCURRENTLY ux ON t (a) INCLUDE (b) NULLS NOT DISTINCT WITH (fillfactor = 70)"
        " TABLESPACE fast WHERE deleted_at IS NULL"
    ),
    "CREATE INDEX idx ON ONLY part (a)",
    "CREATE INDEX ON app.t USING gin (a gin_trgm_ops, b jsonb_path_ops)",
    (
        'CREATE INDEX CONCURRENTLY IF NOT EXISTS "I" ON "T" USING btree (lower(a) COLLATE "C"'
        " text_pattern_ops DESC NULLS LAST)"
    ),
    (
        "CREATE INDEX i ON t ((a || b), (CASE WHEN a IS NULL THEN 1 ELSE 0 END) ASC NULLS FIRST, app.f(a,"
        " 'x')) NULLS DISTINCT"
    ),
    "CREATE INDEX i ON t USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)",
    "CREATE INDEX i ON t USING gist (a gist_trgm_ops(siglen=32) DESC)",
    "CREATE INDEX i ON t (COALESCE(a, b), CAST(a AS text), date_trunc('day', at AT TIME ZONE 'UTC'))",
    "CREATE INDEX i ON t (a) WHERE a IS NOT NULL AND NOT b",
)
ALTER_TABLE = (
    "ALTER TABLE m ATTACH PARTITION m_y2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "ALTER TABLE m ATTACH PARTITION m_rest DEFAULT",
    "ALTER TABLE m DETACH PARTITION m_y2020 CONCURRENTLY",
    "ALTER TABLE IF EXISTS m DETACH PARTITION app.m_y2020",
    "ALTER TABLE m DETACH PARTITION m_y2020 FINALIZE",
    "ALTER TABLE users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START 10 CACHE 5)",
    "ALTER TABLE users ALTER COLUMN id DROP IDENTITY IF EXISTS",
    "ALTER TABLE users ALTER COLUMN id SET GENERATED BY DEFAULT RESTART WITH 100",
    "ALTER TABLE users ALTER id RESTART, ALTER id SET INCREMENT BY 2 SET NO MAXVALUE SET CYCLE RESTART 5",
    "ALTER TABLE users ALTER COLUMN total DROP EXPRESSION",
    "ALTER TABLE users ALTER COLUMN total DROP EXPRESSION IF EXISTS",
    "ALTER TABLE users ALTER COLUMN total SET EXPRESSION AS (a + b)",
    "ALTER TABLE users ALTER COLUMN email SET STATISTICS 1000",
    "ALTER TABLE users ALTER COLUMN email SET STATISTICS DEFAULT",
    "ALTER TABLE users ALTER COLUMN email SET STATISTICS -1",
    "ALTER TABLE users ALTER COLUMN email SET STORAGE EXTERNAL",
    "ALTER TABLE users ALTER COLUMN email SET STORAGE DEFAULT",
    "ALTER TABLE users ALTER COLUMN email SET (n_distinct = 5)",
    "ALTER TABLE users ALTER COLUMN email RESET (n_distinct, n_distinct_inherited)",
    "ALTER TABLE users ALTER COLUMN email SET COMPRESSION lz4",
    "ALTER TABLE users ALTER email SET DEFAULT 'a' || 'b', ALTER email DROP DEFAULT, ALTER email DROP NOT NULL",
    'ALTER TABLE users ALTER COLUMN email SET DATA TYPE varchar(255) COLLATE "C" USING lower(email), ADD a int',
    "ALTER TABLE users ALTER type TYPE bigint USING type::bigint",
    "ALTER TABLE users RENAME CONSTRAINT a TO b",
    "ALTER TABLE users RENAME email TO email_address",
    "ALTER TABLE users RENAME COLUMN email TO email_address",
    "ALTER TABLE users RENAME TO accounts",
    "ALTER TABLE users SET SCHEMA archive",
    "ALTER TABLE users OWNER TO app",
    "ALTER TABLE users OWNER TO CURRENT_USER",
    "ALTER TABLE users RESET (fillfactor)",
    "ALTER TABLE users SET (fillfactor = 70, toast.autovacuum_enabled = false)",
    "ALTER TABLE users CLUSTER ON users_pkey",
    "ALTER TABLE users SET WITHOUT CLUSTER",
    "ALTER TABLE users SET WITHOUT OIDS",
    "ALTER TABLE users INHERIT parent",
    "ALTER TABLE users NO INHERIT parent",
    "ALTER TABLE users OF person, NOT OF",
    "ALTER TABLE users REPLICA IDENTITY FULL",
    "ALTER TABLE users REPLICA IDENTITY DEFAULT",
    "ALTER TABLE users REPLICA IDENTITY NOTHING",
    "ALTER TABLE users REPLICA IDENTITY USING INDEX ux",
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE users FORCE ROW LEVEL SECURITY",
    "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE users DISABLE TRIGGER trg",
    "ALTER TABLE users DISABLE TRIGGER ALL",
    "ALTER TABLE users ENABLE TRIGGER USER",
    "ALTER TABLE users ENABLE ALWAYS TRIGGER trg",
    "ALTER TABLE users ENABLE REPLICA TRIGGER trg, DISABLE RULE r, ENABLE ALWAYS RULE r",
    "ALTER TABLE users ENABLE REPLICA RULE r",
    "ALTER TABLE users SET LOGGED, SET TABLESPACE slow",
    "ALTER TABLE users SET UNLOGGED",
    "ALTER TABLE users SET ACCESS METHOD heap",
    "ALTER TABLE users SET ACCESS METHOD DEFAULT",
    "ALTER TABLE ALL IN TABLESPACE fast OWNED BY app, CURRENT_USER SET TABLESPACE slow NOWAIT",
    (
        "ALTER TABLE o ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p (x, y) MATCH FULL ON DELETE SET"
        " NULL (a) NOT VALID"
    ),
    "ALTER TABLE o ADD CHECK (total > 0) NOT VALID",
    "ALTER TABLE o ADD CONSTRAINT uq UNIQUE USING INDEX uq_idx",
    "ALTER TABLE o ADD CONSTRAINT uq UNIQUE USING INDEX uq_idx DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE o ADD CONSTRAINT pk PRIMARY KEY USING INDEX pk_idx",
    "ALTER TABLE o ADD CONSTRAINT nn NOT NULL c",
    "ALTER TABLE o ADD CONSTRAINT nn NOT NULL c NOT VALID",
    "ALTER TABLE o ADD CONSTRAINT ck CHECK (a > 0) NO INHERIT NOT VALID, ADD EXCLUDE USING gist (a WITH &&)",
    "ALTER TABLE o ADD FOREIGN KEY (a) REFERENCES p ON UPDATE CASCADE ON DELETE RESTRICT NOT VALID NOT DEFERRABLE",
    "ALTER TABLE o VALIDATE CONSTRAINT fk",
    "ALTER TABLE o ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE o ALTER CONSTRAINT fk NOT ENFORCED",
    "ALTER TABLE o ALTER CONSTRAINT nn NO INHERIT",
    "ALTER TABLE o DROP CONSTRAINT IF EXISTS fk CASCADE, DROP CONSTRAINT ck RESTRICT, DROP c",
    "ALTER TABLE IF EXISTS app.users * DROP COLUMN IF EXISTS a CASCADE, DROP COLUMN b",
    (
        "ALTER TABLE ONLY users ADD COLUMN IF NOT EXISTS a int, ADD IF NOT EXISTS b text NOT NULL DEFAULT"
        " 'x', ADD c vector(3)"
    ),
    "ALTER TABLE users ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE t ADD INDEX idx_a (a)",
    "ALTER TABLE t ADD COLUMN index int, ADD key text, ADD COLUMN key varchar(10) NOT NULL",
    "ALTER FOREIGN TABLE IF EXISTS ft ALTER COLUMN a OPTIONS (SET b 'c'), OPTIONS (ADD x 'y', DROP z)",
    "ALTER FOREIGN TABLE ft RENAME a TO b",
    "ALTER TABLE ONLY (app.t) ADD CHECK (a > 0) NOT DEFERRABLE INITIALLY IMMEDIATE NOT VALID",
)
ALTER_INDEX = (
    "ALTER INDEX p_idx ATTACH PARTITION c_idx",
    "ALTER INDEX IF EXISTS app.i RENAME TO j",
    "ALTER INDEX i SET TABLESPACE fast",
    "ALTER INDEX i SET (fillfactor = 70), RESET (fastupdate)",
    "ALTER INDEX i DEPENDS ON EXTENSION postgis",
    "ALTER INDEX i NO DEPENDS ON EXTENSION postgis",
    "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 100",
    "ALTER INDEX ALL IN TABLESPACE fast SET TABLESPACE slow",
)
ALL = (*CREATE_TABLE, *CREATE_INDEX, *ALTER_TABLE, *ALTER_INDEX)


def operations_of(script: str) -> tuple[Operation, ...]:
    """Return the operations of a script's only statement; raise NotRead."""
    (statement,) = split_statements(script)
    return read(statement)
