CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE SCHEMA shop;
CREATE TABLE shop.items (id bigint);
CREATE MATERIALIZED VIEW totals AS SELECT sum(total) FROM orders;
