-- migrate: transaction
CREATE INDEX orders_user_id_idx ON orders (user_id);
-- expect 1: creating index "orders_user_id_idx" blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently, without the directive "transaction":
-- help: CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);
