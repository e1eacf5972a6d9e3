ALTER TABLE orders DISABLE TRIGGER tell;
-- expect 20: disabling triggers of "orders" blocks writes until the transaction ends (SHARE ROW EXCLUSIVE lock); afterwards, what others write passes without them
-- help: For the writes of this migration only, with the role of a superuser; it turns off all triggers, and with them the checks of foreign keys:
-- help: SET LOCAL session_replication_role = replica;
ALTER TABLE IF EXISTS public.orders ALTER COLUMN total SET DEFAULT 0, DISABLE TRIGGER USER;
-- expect 71: disabling triggers of "orders" blocks writes until the transaction ends (SHARE ROW EXCLUSIVE lock); afterwards, what others write passes without them
ALTER TABLE orders DISABLE TRIGGER ALL;
-- expect 20: disabling triggers of "orders" blocks writes until the transaction ends (SHARE ROW EXCLUSIVE lock); afterwards, what others write passes without them
