CREATE TABLE orders (id bigint PRIMARY KEY, total integer);
CREATE VIEW big AS SELECT id FROM orders WHERE total > 100;
CREATE UNIQUE INDEX ON orders ((lower(total::text)));
