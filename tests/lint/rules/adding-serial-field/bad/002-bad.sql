ALTER TABLE users ADD COLUMN id serial;
-- expect 19: adding serial column "id" rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column with a sequence for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN id integer;
-- help: CREATE SEQUENCE users_id_seq AS integer OWNED BY users.id;
-- help: ALTER TABLE users ALTER COLUMN id SET DEFAULT nextval('users_id_seq');

ALTER TABLE IF EXISTS app."Items" ADD "Number" BIGSERIAL NOT NULL, ADD COLUMN note text;
-- expect 35: adding bigserial column "Number" rewrites "app.Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column with a sequence for new rows, and fill the others in batches:
-- help: ALTER TABLE app."Items" ADD COLUMN "Number" bigint;
-- help: CREATE SEQUENCE app."Items_Number_seq" AS bigint OWNED BY app."Items"."Number";
-- help: ALTER TABLE app."Items" ALTER COLUMN "Number" SET DEFAULT nextval('app."Items_Number_seq"');

DO $$ BEGIN ALTER TABLE users ADD COLUMN small serial2; END $$;
-- expect 31: adding serial2 column "small" rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column with a sequence for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN small smallint;
-- help: CREATE SEQUENCE users_small_seq AS smallint OWNED BY users.small;
-- help: ALTER TABLE users ALTER COLUMN small SET DEFAULT nextval('users_small_seq');
