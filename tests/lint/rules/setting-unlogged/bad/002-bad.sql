ALTER TABLE orders SET UNLOGGED;
-- expect 20: SET UNLOGGED rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Make a new table, CREATE TABLE or CREATE UNLOGGED TABLE, copy the rows in batches, and swap the names.
ALTER TABLE IF EXISTS shop.cache ALTER COLUMN body SET DEFAULT '', SET LOGGED;
-- expect 68: SET LOGGED rewrites "shop.cache" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
DO $$
BEGIN
    ALTER TABLE "Visits" SET UNLOGGED;
-- expect 26: SET UNLOGGED rewrites "Visits" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
END
$$;
