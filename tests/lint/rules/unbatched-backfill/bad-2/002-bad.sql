ALTER TABLE orders ADD COLUMN note text;
UPDATE orders SET note = '' WHERE note IS NULL;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends, while line 1 blocks reads and writes of all its rows (ACCESS EXCLUSIVE lock)
-- help: Change the rows in batches, each in a transaction of its own, by a migration that does nothing else:
-- help: DO $$ BEGIN LOOP
-- help:   UPDATE orders SET note = '' WHERE id IN (SELECT id FROM orders WHERE note IS NULL LIMIT 1000);
-- help:   EXIT WHEN NOT FOUND;
-- help:   COMMIT;
-- help: END LOOP; END $$;
