TRUNCATE orders, legacy;
-- expect 18: "legacy" is locked while "orders" is locked since line 1: reads and writes of both wait until the transaction ends (ACCESS EXCLUSIVE locks)
-- help: Put what concerns the second table into a migration of its own.
