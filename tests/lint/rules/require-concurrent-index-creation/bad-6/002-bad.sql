-- another table by the same name is new; and IF NOT EXISTS makes nothing
CREATE TABLE app.orders (id bigint PRIMARY KEY, user_id bigint);
CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, user_id bigint);
CREATE INDEX app_orders_user_id ON app.orders (user_id);
CREATE INDEX orders_user_id ON orders (user_id);
-- expect 1: creating index "orders_user_id" blocks writes to "orders" until it is built (SHARE lock)
CREATE INDEX orders_pairs ON public.orders (id, user_id);
-- expect 1: creating index "orders_pairs" blocks writes to "orders" until it is built (SHARE lock)
