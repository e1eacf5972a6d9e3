DO $$
BEGIN
    ALTER TABLE orders DROP COLUMN total;
    DELETE FROM items WHERE note = 'old';
-- expect 5: DELETE from "items" runs while "orders" is locked since line 3, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it into the next migration, which is a transaction of its own.
END
$$;
ALTER TABLE items VALIDATE CONSTRAINT short;
-- expect 19: VALIDATE CONSTRAINT of "items" runs while "orders" is locked since line 3, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
REFRESH MATERIALIZED VIEW totals;
-- expect 1: REFRESH MATERIALIZED VIEW "totals" runs while "orders" is locked since line 3, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
REINDEX TABLE items;
-- expect 1: REINDEX of "items" runs while "orders" is locked since line 3, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
