CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE TABLE items (id bigint, order_id bigint, note text, code text, PRIMARY KEY (order_id, id));
CREATE UNIQUE INDEX ON items (code);
