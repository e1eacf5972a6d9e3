-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE users (id bigint, name varchar(20))'; END $$;
