-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id; CREATE UNIQUE INDEX ON totals (id)'; END $$;
