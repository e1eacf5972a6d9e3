-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE events (day date) PARTITION BY RANGE (day); CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM (''2024-01-01'') TO (''2025-01-01'')'; END $$;
