-- migrate: no-transaction
ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX orders_note_idx ON orders (note);
-- expect 1: creating index "orders_note_idx" blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently:
-- help: CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);
BEGIN;
CREATE INDEX orders_user_id_idx ON orders (user_id);
-- expect 1: creating index "orders_user_id_idx" blocks writes to "orders" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);
COMMIT;
