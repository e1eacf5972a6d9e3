CREATE TABLE users (id bigint PRIMARY KEY);
CREATE SEQUENCE numbers;
CREATE FUNCTION token() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN md5(random()::text); END $$;
CREATE SCHEMA app;
CREATE TABLE app."Items" ("Sku" text);
CREATE FUNCTION app.token(length int) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT left(md5(random()::text), length)';
