REINDEX SCHEMA app;
-- expect 1: rebuilding the indexes of schema "app" blocks writes to each of its tables (SHARE lock)
-- help: Rebuild concurrently, in a migration of its own:
-- help: REINDEX SCHEMA CONCURRENTLY app;

REINDEX INDEX CONCURRENTLY orders_id_idx;

REINDEX INDEX items_pkey;
-- expect 1: rebuilding index "items_pkey" blocks writes to its table (SHARE lock)
-- help: Rebuild concurrently, in a migration of its own:
-- help: REINDEX INDEX CONCURRENTLY items_pkey;
