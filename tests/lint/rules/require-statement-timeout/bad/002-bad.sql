UPDATE orders SET total = 5;
-- expect 1: what locks "orders" may run for ever: no statement_timeout is set
-- help: SET LOCAL statement_timeout = '10min';
ALTER TABLE orders ADD COLUMN note text;
SET statement_timeout = 0;
ALTER TABLE orders ADD COLUMN place text;
-- expect 20: what locks "orders" may run for ever: line 5 takes statement_timeout away
