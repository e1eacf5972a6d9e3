CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE SCHEMA shop;
CREATE TABLE shop.items (id bigint, order_id bigint);
CREATE INDEX by_order ON shop.items (order_id);
