BEGIN;
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN note text;
COMMIT AND CHAIN;
ALTER TABLE orders ADD COLUMN place text;
-- expect 20: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
COMMIT;
