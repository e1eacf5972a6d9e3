CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint, note text);
ALTER TABLE items ADD CONSTRAINT short CHECK (length(note) < 99) NOT VALID;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM items;
