-- what the linter does not see
CREATE SCHEMA app;
CREATE FUNCTION app.stranger() RETURNS int LANGUAGE sql AS 'SELECT 1';
DO $$ BEGIN EXECUTE 'CREATE TABLE users (id bigint); CREATE FUNCTION make_key() RETURNS uuid LANGUAGE sql AS ''SELECT gen_random_uuid()''; CREATE FUNCTION app.lower(text) RETURNS text LANGUAGE sql AS ''SELECT pg_catalog.lower($1)'''; END $$;
