CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text, shop int);
