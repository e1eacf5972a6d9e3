CREATE TABLE users (id bigint PRIMARY KEY, email text, phone text, name text CHECK (name <> ''), uid bigint);
ALTER TABLE users ADD CONSTRAINT phone_given CHECK (phone IS NOT NULL) NOT VALID;
CREATE UNIQUE INDEX users_uid_idx ON users (uid);
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text);
