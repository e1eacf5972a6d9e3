DO $$
BEGIN
    ALTER TABLE orders DROP COLUMN total;
    DELETE FROM items WHERE note = 'old';
-- expect 5: DELETE from "items" runs while "orders" is locked since line 3, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it, and what is slow after it, into the next migration, which is a transaction of its own.
END
$$;
-- told already
REINDEX TABLE items;
