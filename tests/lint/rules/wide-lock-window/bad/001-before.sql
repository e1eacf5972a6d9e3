CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE SCHEMA shop;
CREATE TABLE shop."Items" (id bigint);
CREATE TABLE users (id bigint);
