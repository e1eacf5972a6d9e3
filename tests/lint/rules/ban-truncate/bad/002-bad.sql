TRUNCATE orders, ONLY shop."Items" RESTART IDENTITY;
-- expect 10: TRUNCATE removes all rows of "orders" and blocks reads and writes until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it into a migration of its own, so that the lock is short; or remove the rows in batches with DELETE.
-- expect 18: TRUNCATE removes all rows of "shop.Items" and blocks reads and writes until the transaction ends (ACCESS EXCLUSIVE lock)
TRUNCATE TABLE legacy CASCADE;
-- expect 1: TRUNCATE removes all rows of "legacy" and blocks reads and writes until the transaction ends (ACCESS EXCLUSIVE lock)
