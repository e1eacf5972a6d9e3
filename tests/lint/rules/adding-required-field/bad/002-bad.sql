ALTER TABLE orders ADD COLUMN note text NOT NULL, ADD day date NOT NULL DEFAULT now(), ADD who text;
-- expect 20: adding column "note" to "orders" fails if there are rows: it is NOT NULL and has no default
-- help: Give it a DEFAULT; or add it without NOT NULL, let programs fill it, and make it NOT NULL in later migrations:
-- help: ALTER TABLE orders ADD COLUMN note text;
-- help: -- let programs fill it, and fill the other rows in batches
-- help: ALTER TABLE orders ADD CONSTRAINT orders_note_not_null CHECK (note IS NOT NULL) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_note_not_null;  -- in a later migration
-- help: ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
-- help: ALTER TABLE orders DROP CONSTRAINT orders_note_not_null;
ALTER TABLE public.orders ADD COLUMN IF NOT EXISTS "Number" integer PRIMARY KEY;
-- expect 27: adding column "Number" to "orders" fails if there are rows: it is NOT NULL and has no default
-- help: Add the column alone, fill it, make it NOT NULL, build its index in a migration of its own, and let the primary key take it:
-- help: ALTER TABLE orders ADD COLUMN "Number" integer;
-- help: -- let programs fill it, and fill the other rows in batches
-- help: ALTER TABLE orders ADD CONSTRAINT "orders_Number_not_null" CHECK ("Number" IS NOT NULL) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT "orders_Number_not_null";  -- in a later migration
-- help: ALTER TABLE orders ALTER COLUMN "Number" SET NOT NULL;
-- help: ALTER TABLE orders DROP CONSTRAINT "orders_Number_not_null";
-- help: CREATE UNIQUE INDEX CONCURRENTLY orders_pkey ON orders ("Number");
-- help: ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;  -- in a later migration
ALTER TABLE orders ADD COLUMN place text DEFAULT NULL NOT NULL;
-- expect 20: adding column "place" to "orders" fails if there are rows: it is NOT NULL and has no default
-- help: Give it a DEFAULT; or add it without NOT NULL, let programs fill it, and make it NOT NULL in later migrations:
-- help: ALTER TABLE orders ADD COLUMN place text DEFAULT NULL;
-- help: -- let programs fill it, and fill the other rows in batches
-- help: ALTER TABLE orders ADD CONSTRAINT orders_place_not_null CHECK (place IS NOT NULL) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_place_not_null;  -- in a later migration
-- help: ALTER TABLE orders ALTER COLUMN place SET NOT NULL;
-- help: ALTER TABLE orders DROP CONSTRAINT orders_place_not_null;
