ALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE (email);
-- expect 19: adding unique constraint "users_email_unique" blocks reads and writes of "users" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the constraint take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY users_email_unique ON users (email);
-- help: ALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE USING INDEX users_email_unique;  -- in a later migration

ALTER TABLE app."Items" ADD UNIQUE ("Sku", shop) DEFERRABLE INITIALLY DEFERRED;
-- expect 25: adding unique constraint "Items_Sku_shop_key" blocks reads and writes of "app.Items" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the constraint take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY "Items_Sku_shop_key" ON app."Items" ("Sku", shop);
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Items_Sku_shop_key" UNIQUE USING INDEX "Items_Sku_shop_key" DEFERRABLE INITIALLY DEFERRED;  -- in a later migration

ALTER TABLE users ADD COLUMN handle text UNIQUE;
-- expect 19: adding column "handle" with UNIQUE blocks reads and writes of "users" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the constraint take it:
-- help: ALTER TABLE users ADD COLUMN handle text;
-- help: CREATE UNIQUE INDEX CONCURRENTLY users_handle_key ON users (handle);
-- help: ALTER TABLE users ADD CONSTRAINT users_handle_key UNIQUE USING INDEX users_handle_key;  -- in a later migration

ALTER TABLE users ADD COLUMN code text NOT NULL DEFAULT '' CONSTRAINT one_code UNIQUE, ADD COLUMN note text;
-- expect 19: adding column "code" with UNIQUE blocks reads and writes of "users" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the constraint take it:
-- help: ALTER TABLE users ADD COLUMN code text NOT NULL DEFAULT '';
-- help: CREATE UNIQUE INDEX CONCURRENTLY one_code ON users (code);
-- help: ALTER TABLE users ADD CONSTRAINT one_code UNIQUE USING INDEX one_code;  -- in a later migration

DO $$ BEGIN ALTER TABLE users ADD CONSTRAINT users_name UNIQUE (name) INCLUDE (email); END $$;
-- expect 31: adding unique constraint "users_name" blocks reads and writes of "users" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the constraint take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY users_name ON users (name) INCLUDE (email);
-- help: ALTER TABLE users ADD CONSTRAINT users_name UNIQUE USING INDEX users_name;  -- in a later migration
