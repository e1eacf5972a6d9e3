-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE users (id bigint, email text)'; END $$;
