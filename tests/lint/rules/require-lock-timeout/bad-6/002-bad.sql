-- migrate: no-transaction
-- one line at the head of the file is enough for all of them
DROP INDEX orders_user_id;
-- expect 1: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
CREATE INDEX CONCURRENTLY orders_pairs ON orders (id, user_id);
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN place text;
SET lock_timeout = 0;
ALTER TABLE orders ADD COLUMN payer text;
-- expect 20: waiting for a lock on "orders" may stop all who use it after that, for ever: line 8 takes lock_timeout away
