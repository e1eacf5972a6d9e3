ALTER TABLE orders ADD COLUMN note text;
UPDATE orders SET note = '' WHERE note IS NULL;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends, while line 1 blocks reads and writes of all its rows (ACCESS EXCLUSIVE lock)
-- help: Change the rows in batches, in a migration with the directive "no-transaction", by ranges of the key; where a changed row no longer meets the condition, also so, until none is left:
-- help: UPDATE orders SET note = '' WHERE id IN (SELECT id FROM orders WHERE note IS NULL LIMIT 1000);
