ALTER TABLE items ADD COLUMN total numeric GENERATED ALWAYS AS (price * quantity) STORED;
-- expect 19: adding stored generated column "total" rewrites "items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column, let a trigger set it in new and changed rows, and fill the others in batches:
-- help: ALTER TABLE items ADD COLUMN total numeric;

ALTER TABLE app."Items" ADD COLUMN note text, ADD folded text GENERATED ALWAYS AS (lower("Sku")) STORED;
-- expect 47: adding stored generated column "folded" rewrites "app.Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column, let a trigger set it in new and changed rows, and fill the others in batches:
-- help: ALTER TABLE app."Items" ADD COLUMN folded text;

DO $$ BEGIN ALTER TABLE items ADD COLUMN double int GENERATED ALWAYS AS (quantity * 2) STORED; END $$;
-- expect 31: adding stored generated column "double" rewrites "items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column, let a trigger set it in new and changed rows, and fill the others in batches:
-- help: ALTER TABLE items ADD COLUMN double int;
