-- what the linter does not see
CREATE SCHEMA shop;
DO $$ BEGIN EXECUTE 'CREATE TABLE users (id bigint); CREATE FUNCTION make_key() RETURNS uuid LANGUAGE sql AS ''SELECT gen_random_uuid()''; CREATE FUNCTION shop.lower(text) RETURNS text LANGUAGE sql AS ''SELECT pg_catalog.lower($1)'''; END $$;
