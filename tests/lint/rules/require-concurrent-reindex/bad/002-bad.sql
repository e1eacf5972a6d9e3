REINDEX TABLE orders;
-- expect 1: rebuilding the indexes of table "orders" blocks writes to "orders" (SHARE lock)
-- help: Rebuild concurrently, which leaves out INVALID indexes and those of exclusion constraints, in a migration of its own:
-- help: REINDEX TABLE CONCURRENTLY orders;

REINDEX (VERBOSE) INDEX app.items_sku_idx;
-- expect 1: rebuilding index "app.items_sku_idx" blocks writes to "app.Items" (SHARE lock)
-- help: Rebuild concurrently, in a migration of its own:
-- help: REINDEX (VERBOSE) INDEX CONCURRENTLY app.items_sku_idx;

REINDEX(CONCURRENTLY false) TABLE app."Items";
-- expect 1: rebuilding the indexes of table "app.Items" blocks writes to "app.Items" (SHARE lock)
-- help: Rebuild concurrently, which leaves out INVALID indexes and those of exclusion constraints, in a migration of its own:
-- help: REINDEX(CONCURRENTLY false) TABLE CONCURRENTLY app."Items";

DO $$ BEGIN REINDEX INDEX orders_pkey; END $$;
-- expect 13: rebuilding index "orders_pkey" blocks writes to "orders" (SHARE lock)
-- help: Rebuild concurrently, outside the block and in a migration of its own:
-- help: REINDEX INDEX CONCURRENTLY orders_pkey;
