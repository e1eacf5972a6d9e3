ALTER TABLE users ADD PRIMARY KEY (id);
-- expect 19: adding primary key "users_pkey" blocks reads and writes of "users" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the primary key take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY users_pkey ON users (id);
-- help: ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;  -- in a later migration

ALTER TABLE app."Items" ADD CONSTRAINT "Key" PRIMARY KEY ("Sku", shop);
-- expect 25: adding primary key "Key" blocks reads and writes of "app.Items" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Make its columns NOT NULL, as adding-not-nullable-field tells. Then build the index concurrently, in a migration of its own, and let the primary key take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY "Key" ON app."Items" ("Sku", shop);
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Key" PRIMARY KEY USING INDEX "Key";  -- in a later migration

ALTER TABLE logs ADD COLUMN id bigserial PRIMARY KEY;
-- expect 18: adding primary key column "id" blocks reads and writes of "logs" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Add the column alone, fill it in batches, make it NOT NULL as adding-not-nullable-field tells. Then build the index concurrently, in a migration of its own, and let the primary key take it:
-- help: ALTER TABLE logs ADD COLUMN id bigint;
-- help: CREATE UNIQUE INDEX CONCURRENTLY logs_pkey ON logs (id);
-- help: ALTER TABLE logs ADD CONSTRAINT logs_pkey PRIMARY KEY USING INDEX logs_pkey;  -- in a later migration

DO $$ BEGIN ALTER TABLE notes ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT note PRIMARY KEY; END $$;
-- expect 31: adding primary key column "id" blocks reads and writes of "notes" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Add the column alone, fill it in batches, make it NOT NULL as adding-not-nullable-field tells. Then build the index concurrently, in a migration of its own, and let the primary key take it:
-- help: ALTER TABLE notes ADD COLUMN id bigint;
-- help: CREATE UNIQUE INDEX CONCURRENTLY note ON notes (id);
-- help: ALTER TABLE notes ADD CONSTRAINT note PRIMARY KEY USING INDEX note;  -- in a later migration
