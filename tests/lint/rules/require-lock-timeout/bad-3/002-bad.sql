-- too late, and only for the transaction
BEGIN;
ALTER TABLE orders ADD COLUMN note text;
-- expect 20: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
-- help: SET LOCAL lock_timeout = '3s';
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN place text;
COMMIT;
BEGIN;
DROP TABLE orders;
-- expect 1: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
COMMIT;
SET lock_timeout TO DEFAULT;
VACUUM FULL items;
-- expect 1: waiting for a lock on "items" may stop all who use it after that, for ever: line 13 takes lock_timeout away
