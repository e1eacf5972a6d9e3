CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);
CREATE INDEX IF NOT EXISTS orders_total ON orders (total);
DROP INDEX CONCURRENTLY IF EXISTS orders_user_id;
CREATE INDEX CONCURRENTLY ON orders (user_id);
