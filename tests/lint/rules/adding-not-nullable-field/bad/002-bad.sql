ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- expect 19: setting "email" NOT NULL blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Have a constraint checked first, in a later migration than the one that adds it:
-- help: ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_email_not_null;

-- the CHECK was never validated
ALTER TABLE IF EXISTS users ALTER phone SET NOT NULL;
-- expect 29: setting "phone" NOT NULL blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Have a constraint checked first, in a later migration than the one that adds it:
-- help: ALTER TABLE users ADD CONSTRAINT users_phone_not_null CHECK (phone IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_phone_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN phone SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_phone_not_null;

ALTER TABLE users
    ALTER COLUMN name SET NOT NULL,
-- expect 5: setting "name" NOT NULL blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Have a constraint checked first, in a later migration than the one that adds it:
-- help: ALTER TABLE users ADD CONSTRAINT users_name_not_null CHECK (name IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_name_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN name SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_name_not_null;
    ALTER COLUMN id SET NOT NULL;

DO $$ BEGIN ALTER TABLE app."Items" ALTER COLUMN "Sku" SET NOT NULL; END $$;
-- expect 37: setting "Sku" NOT NULL blocks reads and writes of "app.Items" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Have a constraint checked first, in a later migration than the one that adds it:
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Items_Sku_not_null" CHECK ("Sku" IS NOT NULL) NOT VALID;
-- help: ALTER TABLE app."Items" VALIDATE CONSTRAINT "Items_Sku_not_null";  -- in a later migration
-- help: ALTER TABLE app."Items" ALTER COLUMN "Sku" SET NOT NULL;
-- help: ALTER TABLE app."Items" DROP CONSTRAINT "Items_Sku_not_null";
