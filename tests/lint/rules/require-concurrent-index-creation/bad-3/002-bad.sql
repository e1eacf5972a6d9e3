-- a transaction of its own changes nothing, nor does another new table of the same name in another schema
BEGIN;
CREATE SCHEMA archive;
CREATE TABLE archive.orders (id bigint, user_id bigint);
CREATE INDEX archived_user_id_idx ON archive.orders (user_id);
CREATE INDEX orders_user_id_idx ON orders (user_id);
-- expect 1: creating index "orders_user_id_idx" blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);
COMMIT;
