ALTER TABLE orders ADD COLUMN note text;
-- expect 20: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
-- help: SET LOCAL lock_timeout = '3s';
CREATE INDEX ON orders (note);
