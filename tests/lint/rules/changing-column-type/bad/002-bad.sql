ALTER TABLE orders ALTER COLUMN id TYPE bigint;
-- expect 20: changing the type of "id" from int to bigint rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN id_new bigint;

ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 4);
-- expect 20: changing the type of "total" from numeric(10,2) to numeric(12,4) rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN total_new numeric(12,4);

ALTER TABLE IF EXISTS orders ALTER COLUMN state SET DATA TYPE varchar(10);
-- expect 30: changing the type of "state" from varchar(20) to varchar(10) rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Leave the type as it is, and limit the length by a constraint:
-- help: ALTER TABLE orders ADD CONSTRAINT orders_state_check CHECK (char_length(state) <= 10) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_state_check;  -- in a later migration

ALTER TABLE orders ALTER note TYPE character varying(100);
-- expect 20: changing the type of "note" from text to character varying(100) rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Leave the type as it is, and limit the length by a constraint:
-- help: ALTER TABLE orders ADD CONSTRAINT orders_note_check CHECK (char_length(note) <= 100) NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_note_check;  -- in a later migration

ALTER TABLE orders ALTER COLUMN code TYPE text;
-- expect 20: changing the type of "code" from char(5) to text rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN code_new text;

ALTER TABLE orders ALTER COLUMN feeling TYPE text;
-- expect 20: changing the type of "feeling" from mood to text rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN feeling_new text;

ALTER TABLE orders ALTER COLUMN quantity TYPE positive;
-- expect 20: changing the type of "quantity" from int to positive rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Leave the type as it is, and add the domain's condition as a CHECK of the table that is NOT VALID, and validated in a later migration.

ALTER TABLE orders ALTER COLUMN made_at TYPE timestamptz;
-- expect 20: changing the type of "made_at" from timestamp to timestamptz rewrites "orders" unless the session's TimeZone is UTC, and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: If the times without a zone are UTC, no row needs to be changed:
-- help: SET LOCAL TimeZone = 'UTC';
-- help: ALTER TABLE orders ALTER COLUMN made_at TYPE timestamptz;

-- as wide a type, but not the same values
ALTER TABLE orders ALTER COLUMN state TYPE varchar(40) USING trim(state);
-- expect 20: changing the type of "state" from varchar(10) to varchar(40) rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN state_new varchar(40);

-- nothing is rewritten, but a CHECK is checked again, or an index is built anew
ALTER TABLE orders ALTER COLUMN zip TYPE varchar(10);
-- expect 20: changing the type of "zip" from varchar(5) to varchar(10) builds index "orders_sku_idx" of "orders" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Drop the index before and build it again afterwards, both concurrently and in migrations of their own:
-- help: DROP INDEX CONCURRENTLY orders_sku_idx;
-- help: ALTER TABLE orders ALTER COLUMN zip TYPE varchar(10);
-- help: CREATE INDEX CONCURRENTLY orders_sku_idx ON orders (sku) WHERE zip <> '';

ALTER TABLE orders ALTER COLUMN sku TYPE text;
-- expect 20: changing the type of "sku" from varchar(10) to text builds index "orders_sku_idx" of "orders" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Drop the index before and build it again afterwards, both concurrently and in migrations of their own:
-- help: DROP INDEX CONCURRENTLY orders_sku_idx;
-- help: ALTER TABLE orders ALTER COLUMN sku TYPE text;
-- help: CREATE INDEX CONCURRENTLY orders_sku_idx ON orders (sku) WHERE zip <> '';

ALTER TABLE orders ALTER COLUMN nick TYPE text;
-- expect 20: changing the type of "nick" from varchar to text builds index "orders_lower_idx" of "orders" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Drop the index before and build it again afterwards, both concurrently and in migrations of their own:
-- help: DROP INDEX CONCURRENTLY orders_lower_idx;
-- help: ALTER TABLE orders ALTER COLUMN nick TYPE text;
-- help: CREATE INDEX CONCURRENTLY orders_lower_idx ON orders (nick, lower(note));

ALTER TABLE orders ALTER COLUMN size TYPE text;
-- expect 20: changing the type of "size" from varchar to text builds index "orders_size_idx" of "orders" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Drop the index before and build it again afterwards, both concurrently and in migrations of their own:
-- help: DROP INDEX CONCURRENTLY orders_size_idx;
-- help: ALTER TABLE orders ALTER COLUMN size TYPE text;
-- help: CREATE INDEX CONCURRENTLY orders_size_idx ON orders (id) WHERE size <> '';

ALTER TABLE orders ALTER COLUMN label TYPE text COLLATE "C";
-- expect 20: changing the type of "label" from text to text COLLATE "C" builds index "orders_label_idx" of "orders" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Drop the index before and build it again afterwards, both concurrently and in migrations of their own:
-- help: DROP INDEX CONCURRENTLY orders_label_idx;
-- help: ALTER TABLE orders ALTER COLUMN label TYPE text COLLATE "C";
-- help: CREATE INDEX CONCURRENTLY orders_label_idx ON orders (label);

ALTER TABLE orders ALTER COLUMN tags TYPE text[];
-- expect 20: changing the type of "tags" from varchar(10)[] to text[] rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN tags_new text[];

ALTER TABLE app."Items"
    ALTER COLUMN shop TYPE int,
-- expect 5: changing the type of "shop" from smallint to int rewrites "app.Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE app."Items" ADD COLUMN shop_new int;
    ALTER COLUMN "Sku" TYPE text;

DO $$ BEGIN ALTER TABLE orders ALTER COLUMN flags TYPE json USING flags::json; END $$;
-- expect 32: changing the type of "flags" from jsonb to json rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE orders ADD COLUMN flags_new json;
