ALTER TABLE orders ADD COLUMN note text NOT NULL, ADD day date NOT NULL DEFAULT now(), ADD who text;
-- expect 20: adding column "note" to "orders" fails if there are rows: it is NOT NULL and has no default
-- help: Give it a DEFAULT; or add it without NOT NULL, let programs fill it, and set it NOT NULL in a later migration:
-- help: ALTER TABLE orders ADD COLUMN note text;
-- help: ALTER TABLE orders ALTER COLUMN note SET NOT NULL;  -- in a later migration
ALTER TABLE public.orders ADD COLUMN IF NOT EXISTS "Number" integer PRIMARY KEY;
-- expect 27: adding column "Number" to "orders" fails if there are rows: it is NOT NULL and has no default
-- help: Give it a DEFAULT; or add it without NOT NULL, let programs fill it, and set it NOT NULL in a later migration:
-- help: ALTER TABLE orders ALTER COLUMN "Number" SET NOT NULL;  -- in a later migration
ALTER TABLE orders ADD COLUMN place text DEFAULT NULL NOT NULL;
-- expect 20: adding column "place" to "orders" fails if there are rows: it is NOT NULL and has no default
-- help: Give it a DEFAULT; or add it without NOT NULL, let programs fill it, and set it NOT NULL in a later migration:
-- help: ALTER TABLE orders ADD COLUMN place text DEFAULT NULL;
-- help: ALTER TABLE orders ALTER COLUMN place SET NOT NULL;  -- in a later migration
