CREATE TABLE users (email text);
CREATE TABLE logs (message text);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text);
