COPY items FROM '/dev/null';
ALTER TABLE orders ADD COLUMN note text;
MERGE INTO items USING orders ON order_id = orders.id WHEN MATCHED THEN UPDATE SET note = '';
-- expect 1: MERGE into "items" runs while "orders" is locked since line 2, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it, and what is slow after it, into the next migration, which is a transaction of its own.
