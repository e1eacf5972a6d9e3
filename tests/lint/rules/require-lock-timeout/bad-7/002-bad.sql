-- a view is read, too; and an index has a name even if nobody gave it one
BEGIN;
CREATE OR REPLACE VIEW big AS SELECT id FROM orders WHERE total > 200;
-- expect 1: waiting for a lock on "big" may stop all who use it after that, for ever: no lock_timeout is set
COMMIT;
BEGIN;
CREATE OR REPLACE VIEW small AS SELECT id FROM orders WHERE total < 5;
DROP INDEX orders_lower_idx;
-- expect 1: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
COMMIT;
