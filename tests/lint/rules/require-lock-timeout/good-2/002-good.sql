SELECT pg_catalog.set_config('lock_timeout', '3s', true);
ALTER TABLE orders ADD COLUMN note text;
RESET lock_timeout;
-- no locks that anybody waits behind
INSERT INTO orders VALUES (1, 2, 3);
UPDATE orders SET total = 5 WHERE id = 1;
CREATE TABLE items (id bigint PRIMARY KEY);
ALTER TABLE items ADD COLUMN note text;
CREATE TEMP TABLE chosen (id bigint);
CREATE INDEX ON chosen (id);
CREATE VIEW big AS SELECT * FROM orders WHERE total > 5;
