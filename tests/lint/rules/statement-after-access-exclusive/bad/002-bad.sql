ALTER TABLE orders ADD COLUMN note text;
UPDATE orders SET note = '' WHERE note IS NULL;
-- expect 1: UPDATE of "orders" runs while "orders" is locked since line 1, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it into the next migration, which is a transaction of its own.
INSERT INTO items (id, order_id) SELECT id, id FROM orders;
-- expect 1: INSERT into "items" runs while "orders" is locked since line 1, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
CREATE INDEX ON items (order_id);
-- expect 1: CREATE INDEX on "items" runs while "orders" is locked since line 1, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
