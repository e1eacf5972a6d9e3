CREATE TABLE users (email text);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text);
