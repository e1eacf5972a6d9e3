ALTER TABLE users ADD COLUMN id serial;
-- expect 19: adding serial column "id" rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column with a sequence for new rows, fill the others in batches, and make it NOT NULL:
-- help: ALTER TABLE users ADD COLUMN id integer;
-- help: CREATE SEQUENCE users_id_seq AS integer OWNED BY users.id;
-- help: ALTER TABLE users ALTER COLUMN id SET DEFAULT nextval('users_id_seq');
-- help: -- fill the other rows in batches, with nextval('users_id_seq')
-- help: ALTER TABLE users ADD CONSTRAINT users_id_not_null CHECK (id IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_id_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN id SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_id_not_null;

ALTER TABLE IF EXISTS app."Items" ADD "Number" BIGSERIAL NOT NULL, ADD COLUMN note text;
-- expect 35: adding bigserial column "Number" rewrites "app.Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column with a sequence for new rows, fill the others in batches, and make it NOT NULL:
-- help: ALTER TABLE app."Items" ADD COLUMN "Number" bigint;
-- help: CREATE SEQUENCE app."Items_Number_seq" AS bigint OWNED BY app."Items"."Number";
-- help: ALTER TABLE app."Items" ALTER COLUMN "Number" SET DEFAULT nextval('app."Items_Number_seq"');
-- help: -- fill the other rows in batches, with nextval('app."Items_Number_seq"')
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Items_Number_not_null" CHECK ("Number" IS NOT NULL) NOT VALID;
-- help: ALTER TABLE app."Items" VALIDATE CONSTRAINT "Items_Number_not_null";  -- in a later migration
-- help: ALTER TABLE app."Items" ALTER COLUMN "Number" SET NOT NULL;
-- help: ALTER TABLE app."Items" DROP CONSTRAINT "Items_Number_not_null";

DO $$ BEGIN ALTER TABLE users ADD COLUMN small serial2; END $$;
-- expect 31: adding serial2 column "small" rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column with a sequence for new rows, fill the others in batches, and make it NOT NULL:
-- help: ALTER TABLE users ADD COLUMN small smallint;
-- help: CREATE SEQUENCE users_small_seq AS smallint OWNED BY users.small;
-- help: ALTER TABLE users ALTER COLUMN small SET DEFAULT nextval('users_small_seq');
-- help: -- fill the other rows in batches, with nextval('users_small_seq')
-- help: ALTER TABLE users ADD CONSTRAINT users_small_not_null CHECK (small IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_small_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN small SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_small_not_null;
