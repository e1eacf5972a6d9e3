ALTER TABLE orders DROP COLUMN total;
ALTER TABLE items VALIDATE CONSTRAINT short;
-- expect 19: VALIDATE CONSTRAINT of "items" runs while "orders" is locked since line 1, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it, and what is slow after it, into the next migration, which is a transaction of its own.
