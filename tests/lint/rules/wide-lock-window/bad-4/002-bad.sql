-- locked by what is gone by then
DROP INDEX orders_total;
ALTER TABLE items ADD COLUMN note text;
-- expect 19: "items" is locked while "orders" is locked since line 2: reads and writes of both wait until the transaction ends (ACCESS EXCLUSIVE locks)
