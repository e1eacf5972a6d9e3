SET LOCAL statement_timeout = '10min';
UPDATE orders SET total = 5;
ALTER TABLE orders ADD COLUMN note text;
