CREATE TABLE users (id bigint PRIMARY KEY, referrer bigint);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, item_id bigint, sku text);
CREATE SCHEMA app;
CREATE TABLE app."Items" (id bigint, sku text, UNIQUE (id, sku));
