CREATE TABLE items (price numeric, quantity int);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text);
