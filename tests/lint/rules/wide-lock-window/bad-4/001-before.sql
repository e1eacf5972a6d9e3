CREATE TABLE orders (id bigint PRIMARY KEY, total integer);
CREATE INDEX orders_total ON orders (total);
CREATE TABLE items (id bigint PRIMARY KEY);
