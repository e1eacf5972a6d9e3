-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE users (id bigint, email text CONSTRAINT c UNIQUE); CREATE INDEX users_email_idx ON users (email)'; END $$;
