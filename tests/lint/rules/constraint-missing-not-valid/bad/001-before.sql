CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, state text);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text);
