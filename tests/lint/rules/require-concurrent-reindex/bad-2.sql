CREATE SCHEMA app;

REINDEX SCHEMA app;
-- expect 1: rebuilding the indexes of schema "app" blocks writes to each of its tables (SHARE lock)
-- help: Rebuild concurrently, in a migration of its own:
-- help: REINDEX SCHEMA CONCURRENTLY app;

REINDEX INDEX CONCURRENTLY unknown_idx;

REINDEX INDEX other_idx;
-- expect 1: rebuilding index "other_idx" blocks writes to its table (SHARE lock)
-- help: Rebuild concurrently, in a migration of its own:
-- help: REINDEX INDEX CONCURRENTLY other_idx;
