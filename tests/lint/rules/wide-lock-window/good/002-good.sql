CREATE TABLE notes (id bigint);
ALTER TABLE notes ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN note text, ADD COLUMN place text;
CREATE INDEX ON items (order_id);
DROP TABLE items;
