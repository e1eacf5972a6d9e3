ALTER TABLE orders ADD COLUMN note text;
UPDATE orders SET note = '' WHERE note IS NULL;
-- expect 1: UPDATE of "orders" runs while "orders" is locked since line 1, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it, and what is slow after it, into the next migration, which is a transaction of its own.
INSERT INTO items (id, order_id) SELECT id, id FROM orders;
CREATE INDEX ON items (order_id);
