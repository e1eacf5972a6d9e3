DROP INDEX orders_user_id_idx;
-- expect 1: dropping index "orders_user_id_idx" blocks reads and writes of "orders" (ACCESS EXCLUSIVE lock)
-- help: Drop it concurrently, in a migration of its own:
-- help: DROP INDEX CONCURRENTLY orders_user_id_idx;

DROP INDEX IF EXISTS app.items_sku_idx;
-- expect 1: dropping index "app.items_sku_idx" blocks reads and writes of "app.items" (ACCESS EXCLUSIVE lock)
-- help: Drop it concurrently, in a migration of its own:
-- help: DROP INDEX CONCURRENTLY IF EXISTS app.items_sku_idx;

DROP INDEX orders_id_idx, orders_state_idx;
-- expect 12: dropping index "orders_id_idx" blocks reads and writes of "orders" (ACCESS EXCLUSIVE lock)
-- help: Drop it concurrently, in a migration of its own:
-- help: DROP INDEX CONCURRENTLY orders_id_idx;
-- expect 27: dropping index "orders_state_idx" blocks reads and writes of "orders" (ACCESS EXCLUSIVE lock)
-- help: Drop it concurrently, in a migration of its own:
-- help: DROP INDEX CONCURRENTLY orders_state_idx;

DO $$ BEGIN DROP INDEX "Odd"; END $$;
-- expect 13: dropping index "Odd" blocks reads and writes of "orders" (ACCESS EXCLUSIVE lock)
-- help: Drop it concurrently, outside the block and in a migration of its own:
-- help: DROP INDEX CONCURRENTLY "Odd";
