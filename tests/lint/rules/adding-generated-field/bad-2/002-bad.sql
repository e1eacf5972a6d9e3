-- postgres_version 18
ALTER TABLE items ADD COLUMN total numeric GENERATED ALWAYS AS (price * quantity) STORED;
-- expect 19: adding stored generated column "total" rewrites "items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Have it computed when it is read, which changes no row:
-- help: ALTER TABLE items ADD COLUMN total numeric GENERATED ALWAYS AS (price * quantity) VIRTUAL;

ALTER TABLE items ADD COLUMN double int GENERATED ALWAYS AS (quantity * 2) STORED NOT NULL;
-- expect 19: adding stored generated column "double" rewrites "items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a plain column, let a trigger set it in new and changed rows, and fill the others in batches:
-- help: ALTER TABLE items ADD COLUMN double int;
