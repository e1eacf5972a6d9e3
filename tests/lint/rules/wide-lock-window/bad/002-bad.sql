ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN place text;
ALTER TABLE shop."Items" ALTER COLUMN id SET NOT NULL;
-- expect 26: "shop.Items" is locked while "orders" is locked since line 1: reads and writes of both wait until the transaction ends (ACCESS EXCLUSIVE locks)
-- help: Put what concerns the second table into a migration of its own.
ALTER TABLE users ADD COLUMN note text;
