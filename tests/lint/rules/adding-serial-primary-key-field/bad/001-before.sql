CREATE TABLE users (id bigint NOT NULL, email text);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text, shop int NOT NULL);
CREATE TABLE logs (message text);
CREATE TABLE notes (message text);
