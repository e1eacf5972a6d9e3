BEGIN;
ALTER TABLE orders ADD COLUMN note text;
COMMIT;
BEGIN;
ALTER TABLE orders RENAME note TO remark;
DROP INDEX items_order_id;
-- expect 1: "items" is locked while "orders" is locked since line 5: reads and writes of both wait until the transaction ends (ACCESS EXCLUSIVE locks)
-- help: Put what concerns the second table into a migration of its own.
COMMIT;
