ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0);
-- expect 20: adding constraint "total_positive" blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT total_positive;  -- in a later migration

ALTER TABLE IF EXISTS app."Items" ADD CHECK ("Sku" <> '');
-- expect 35: adding constraint "Items_check" blocks reads and writes of "app.Items" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE app."Items" ADD CONSTRAINT "Items_check" CHECK ("Sku" <> '') NOT VALID;
-- help: ALTER TABLE app."Items" VALIDATE CONSTRAINT "Items_check";  -- in a later migration

-- each action has its own NOT VALID
ALTER TABLE orders
    ADD CONSTRAINT a CHECK (total > 0),
-- expect 5: adding constraint "a" blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE orders ADD CONSTRAINT a CHECK (total > 0) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT a;  -- in a later migration
    ADD CONSTRAINT b CHECK (total < 1000) NOT VALID,
    ADD CONSTRAINT c CHECK (state IS NOT NULL) NO INHERIT;
-- expect 5: adding constraint "c" blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE orders ADD CONSTRAINT c CHECK (state IS NOT NULL) NO INHERIT NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT c;  -- in a later migration

ALTER TABLE orders ADD COLUMN quantity int DEFAULT 1 CHECK (quantity > 0);
-- expect 20: adding column "quantity" with a CHECK blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE orders ADD COLUMN quantity int DEFAULT 1;
-- help: ALTER TABLE orders ADD CONSTRAINT orders_quantity_check CHECK (quantity > 0) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_quantity_check;  -- in a later migration

ALTER TABLE orders ADD COLUMN weight int CONSTRAINT weight_positive CHECK (weight > 0), ADD COLUMN note text;
-- expect 20: adding column "weight" with a CHECK blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE orders ADD COLUMN weight int;
-- help: ALTER TABLE orders ADD CONSTRAINT weight_positive CHECK (weight > 0) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT weight_positive;  -- in a later migration

DO $$ BEGIN ALTER TABLE orders ADD CONSTRAINT known CHECK (state IN ('new', 'paid')); END $$;
-- expect 32: adding constraint "known" blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE orders ADD CONSTRAINT known CHECK (state IN ('new', 'paid')) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT known;  -- in a later migration
