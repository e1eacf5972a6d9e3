-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE items (sku text PRIMARY KEY)'; END $$;

CREATE SCHEMA shop;

REINDEX SCHEMA shop;
-- expect 1: rebuilding the indexes of schema "shop" blocks writes to each of its tables (SHARE lock)
-- help: Rebuild concurrently, which leaves out INVALID indexes and those of exclusion constraints:
-- help: REINDEX SCHEMA CONCURRENTLY shop;

REINDEX INDEX CONCURRENTLY items_pkey;

REINDEX INDEX items_pkey;
-- expect 1: rebuilding index "items_pkey" blocks writes to its table (SHARE lock)
-- help: Rebuild concurrently:
-- help: REINDEX INDEX CONCURRENTLY items_pkey;
