-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE users (id bigint PRIMARY KEY)'; END $$;
