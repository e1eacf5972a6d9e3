CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_user_id ON orders (user_id);
-- expect 1: if an earlier attempt has left index "orders_user_id" half-built, IF NOT EXISTS takes it for done
-- help: Leave IF NOT EXISTS out, or remove what may be there before:
-- help: DROP INDEX CONCURRENTLY IF EXISTS orders_user_id;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "By Order" ON shop.items (order_id);
-- expect 1: if an earlier attempt has left index "By Order" half-built, IF NOT EXISTS takes it for done
