-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE unknown (a int, b int)'; END $$;
