ALTER TABLE orders RENAME TO orders_before;
CREATE TABLE orders (id bigint PRIMARY KEY, placed timestamptz);
DROP TABLE orders_before;
-- expect 1: dropping table "orders_before" loses its rows, and breaks every program that still uses it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
