CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE TABLE users (id bigint);
CREATE SCHEMA shop;
CREATE TABLE shop."Items" (id bigint, order_id bigint, note text, PRIMARY KEY (order_id, id));
