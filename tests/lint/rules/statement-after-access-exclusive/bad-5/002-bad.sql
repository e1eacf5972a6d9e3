ALTER TABLE orders DROP COLUMN total;
REFRESH MATERIALIZED VIEW totals;
-- expect 1: REFRESH MATERIALIZED VIEW "totals" runs while "orders" is locked since line 1, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it, and what is slow after it, into the next migration, which is a transaction of its own.
