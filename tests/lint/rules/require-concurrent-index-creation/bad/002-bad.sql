CREATE INDEX orders_user_id_idx ON orders (user_id);
-- expect 1: creating index "orders_user_id_idx" blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);

CREATE UNIQUE INDEX IF NOT EXISTS "Items_sku" ON app."Items" USING btree (sku) WHERE sku IS NOT NULL;
-- expect 1: creating index "Items_sku" blocks writes to "app.Items" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Items_sku" ON app."Items" USING btree (sku) WHERE sku IS NOT NULL;

CREATE INDEX ON public.orders (lower(state));
-- expect 1: creating an index blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY ON public.orders (lower(state));

CREATE INDEX totals_user_id_idx ON totals (user_id);
-- expect 1: creating index "totals_user_id_idx" blocks writes to "totals" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY totals_user_id_idx ON totals (user_id);

DO $$
BEGIN
    CREATE INDEX orders_state_idx ON orders (state);
-- expect 5: creating index "orders_state_idx" blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently, outside the block and in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY orders_state_idx ON orders (state);
END
$$;
