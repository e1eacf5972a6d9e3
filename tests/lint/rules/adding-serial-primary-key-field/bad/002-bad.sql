ALTER TABLE users ADD PRIMARY KEY (id);
-- expect 19: adding primary key "users_pkey" blocks reads and writes of "users" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the primary key take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY users_pkey ON users (id);
-- help: ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;  -- in a later migration

ALTER TABLE app."Items" ADD CONSTRAINT "Key" PRIMARY KEY ("Sku", shop);
-- expect 25: adding primary key "Key" blocks reads and writes of "app.Items" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Make its columns NOT NULL, build the index concurrently, in a migration of its own, and let the primary key take it:
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Items_Sku_not_null" CHECK ("Sku" IS NOT NULL) NOT VALID;
-- help: ALTER TABLE app."Items" VALIDATE CONSTRAINT "Items_Sku_not_null";  -- in a later migration
-- help: ALTER TABLE app."Items" ALTER COLUMN "Sku" SET NOT NULL;
-- help: ALTER TABLE app."Items" DROP CONSTRAINT "Items_Sku_not_null";
-- help: CREATE UNIQUE INDEX CONCURRENTLY "Key" ON app."Items" ("Sku", shop);
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Key" PRIMARY KEY USING INDEX "Key";  -- in a later migration

ALTER TABLE logs ADD COLUMN id bigserial PRIMARY KEY;
-- expect 18: adding primary key column "id" blocks reads and writes of "logs" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Add the column alone, fill it, make it NOT NULL, build its index in a migration of its own, and let the primary key take it:
-- help: ALTER TABLE logs ADD COLUMN id bigint;
-- help: CREATE SEQUENCE logs_id_seq AS bigint OWNED BY logs.id;
-- help: ALTER TABLE logs ALTER COLUMN id SET DEFAULT nextval('logs_id_seq');
-- help: -- fill the other rows in batches, with nextval('logs_id_seq')
-- help: ALTER TABLE logs ADD CONSTRAINT logs_id_not_null CHECK (id IS NOT NULL) NOT VALID;
-- help: ALTER TABLE logs VALIDATE CONSTRAINT logs_id_not_null;  -- in a later migration
-- help: ALTER TABLE logs ALTER COLUMN id SET NOT NULL;
-- help: ALTER TABLE logs DROP CONSTRAINT logs_id_not_null;
-- help: CREATE UNIQUE INDEX CONCURRENTLY logs_pkey ON logs (id);
-- help: ALTER TABLE logs ADD CONSTRAINT logs_pkey PRIMARY KEY USING INDEX logs_pkey;  -- in a later migration

DO $$ BEGIN ALTER TABLE notes ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT note PRIMARY KEY; END $$;
-- expect 31: adding primary key column "id" blocks reads and writes of "notes" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Add the column alone, fill it, make it NOT NULL, build its index in a migration of its own, and let the primary key take it:
-- help: ALTER TABLE notes ADD COLUMN id bigint;
-- help: CREATE SEQUENCE notes_id_seq AS bigint OWNED BY notes.id;
-- help: ALTER TABLE notes ALTER COLUMN id SET DEFAULT nextval('notes_id_seq');
-- help: -- fill the other rows in batches, with nextval('notes_id_seq')
-- help: ALTER TABLE notes ADD CONSTRAINT notes_id_not_null CHECK (id IS NOT NULL) NOT VALID;
-- help: ALTER TABLE notes VALIDATE CONSTRAINT notes_id_not_null;  -- in a later migration
-- help: ALTER TABLE notes ALTER COLUMN id SET NOT NULL;
-- help: ALTER TABLE notes DROP CONSTRAINT notes_id_not_null;
-- help: CREATE UNIQUE INDEX CONCURRENTLY note ON notes (id);
-- help: ALTER TABLE notes ADD CONSTRAINT note PRIMARY KEY USING INDEX note;  -- in a later migration
