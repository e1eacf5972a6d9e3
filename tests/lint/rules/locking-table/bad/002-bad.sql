BEGIN;
LOCK TABLE orders IN SHARE MODE;
-- expect 1: LOCK TABLE blocks writes to "orders" until the transaction ends (SHARE lock)
-- help: Leave it out: DDL takes the lock that it needs by itself, when it needs it.
LOCK TABLE orders, ONLY shop."Items" IN EXCLUSIVE MODE NOWAIT;
-- expect 1: LOCK TABLE blocks writes to "orders" until the transaction ends (EXCLUSIVE lock)
-- expect 1: LOCK TABLE blocks writes to "shop.Items" until the transaction ends (EXCLUSIVE lock)
LOCK orders;
-- expect 1: LOCK TABLE blocks reads and writes of "orders" until the transaction ends (ACCESS EXCLUSIVE lock)
COMMIT;
