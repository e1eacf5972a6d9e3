-- functions that no migration makes
ALTER TABLE users ADD COLUMN key uuid DEFAULT make_key();
-- expect 19: adding column "key", whose default calls make_key(), which may be volatile, may rewrite "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN key uuid;
-- help: ALTER TABLE users ALTER COLUMN key SET DEFAULT make_key();

ALTER TABLE users ADD COLUMN name text DEFAULT shop.lower('X');
-- expect 19: adding column "name", whose default calls shop.lower(), which may be volatile, may rewrite "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add the column without the default, set that for new rows, and fill the others in batches:
-- help: ALTER TABLE users ADD COLUMN name text;
-- help: ALTER TABLE users ALTER COLUMN name SET DEFAULT shop.lower('X');
