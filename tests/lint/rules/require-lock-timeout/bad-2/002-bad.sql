SET lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN note text;
SET lock_timeout = 0;
ALTER TABLE orders ADD COLUMN place text;
-- expect 20: waiting for a lock on "orders" may stop all who use it after that, for ever: line 3 takes lock_timeout away
-- help: Take out that line, since the runner sets a timeout where no line does. Or set one:
-- help: SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN payer text;
SET LOCAL lock_timeout = '1s';
ALTER TABLE orders ADD COLUMN payee text;
RESET ALL;
COMMENT ON TABLE orders IS 'what was bought';
-- expect 1: waiting for a lock on "orders" may stop all who use it after that, for ever: line 11 takes lock_timeout away
SELECT set_config('lock_timeout', '0ms', false);
CREATE INDEX ON orders (payer);
-- expect 1: waiting for a lock on "orders" may stop all who use it after that, for ever: line 14 takes lock_timeout away
