-- postgres_version 18
-- which cannot be rebuilt concurrently
REINDEX SYSTEM;
