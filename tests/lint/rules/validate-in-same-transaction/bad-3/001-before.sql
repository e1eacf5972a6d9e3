-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE orders (total numeric)'; END $$;
