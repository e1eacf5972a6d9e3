CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE SCHEMA shop;
CREATE TABLE shop.items (order_id bigint);
