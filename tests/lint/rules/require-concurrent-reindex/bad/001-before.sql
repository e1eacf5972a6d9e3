CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
CREATE SCHEMA app;
CREATE TABLE app."Items" (sku text);
CREATE INDEX items_sku_idx ON app."Items" (sku);
