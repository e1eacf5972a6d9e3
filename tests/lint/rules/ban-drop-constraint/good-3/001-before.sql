CREATE TABLE items (order_id bigint, at integer, PRIMARY KEY (order_id, at));
CREATE UNIQUE INDEX items_key ON items (at, order_id);
