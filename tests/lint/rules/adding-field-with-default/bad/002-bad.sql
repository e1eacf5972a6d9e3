ALTER TABLE users ADD COLUMN key uuid DEFAULT gen_random_uuid();
-- expect 19: adding column "key", whose default calls volatile gen_random_uuid(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN key uuid;
-- help: ALTER TABLE users ALTER COLUMN key SET DEFAULT gen_random_uuid();

ALTER TABLE users ADD COLUMN number bigint NOT NULL DEFAULT nextval('numbers');
-- expect 19: adding column "number", whose default calls volatile nextval(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN number bigint;
-- help: ALTER TABLE users ALTER COLUMN number SET DEFAULT nextval('numbers');
-- help: -- fill the other rows in batches
-- help: ALTER TABLE users ADD CONSTRAINT users_number_not_null CHECK (number IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_number_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN number SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_number_not_null;

ALTER TABLE users ADD COLUMN seen_at timestamptz DEFAULT clock_timestamp() NOT NULL, ADD COLUMN note text;
-- expect 19: adding column "seen_at", whose default calls volatile clock_timestamp(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN seen_at timestamptz;
-- help: ALTER TABLE users ALTER COLUMN seen_at SET DEFAULT clock_timestamp();
-- help: -- fill the other rows in batches
-- help: ALTER TABLE users ADD CONSTRAINT users_seen_at_not_null CHECK (seen_at IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_seen_at_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN seen_at SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_seen_at_not_null;

ALTER TABLE IF EXISTS users ADD IF NOT EXISTS part numeric(3, 2) DEFAULT (1 + round(random()::numeric(10, 2), 1));
-- expect 29: adding column "part", whose default calls volatile random(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN part numeric(3,2);
-- help: ALTER TABLE users ALTER COLUMN part SET DEFAULT (1 + round(random()::numeric(10, 2), 1));

ALTER TABLE users ADD COLUMN token text DEFAULT concat('t-', token());
-- expect 19: adding column "token", whose default calls volatile token(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN token text;
-- help: ALTER TABLE users ALTER COLUMN token SET DEFAULT concat('t-', token());

ALTER TABLE app."Items" ADD COLUMN token text DEFAULT app.token(8);
-- expect 25: adding column "token", whose default calls volatile app.token(), rewrites "app.Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE app."Items" ADD COLUMN token text;
-- help: ALTER TABLE app."Items" ALTER COLUMN token SET DEFAULT app.token(8);

ALTER TABLE users ADD COLUMN parts double precision[] DEFAULT ARRAY[pg_catalog.random(), 1];
-- expect 19: adding column "parts", whose default calls volatile pg_catalog.random(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN parts double precision[];
-- help: ALTER TABLE users ALTER COLUMN parts SET DEFAULT ARRAY[pg_catalog.random(), 1];

DO $$ BEGIN ALTER TABLE users ADD COLUMN other uuid DEFAULT pg_catalog.gen_random_uuid(); END $$;
-- expect 31: adding column "other", whose default calls volatile pg_catalog.gen_random_uuid(), rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN other uuid;
-- help: ALTER TABLE users ALTER COLUMN other SET DEFAULT pg_catalog.gen_random_uuid();
