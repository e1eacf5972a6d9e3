ALTER TABLE orders SET TABLESPACE pg_default;
-- expect 20: SET TABLESPACE copies "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Move an index by building it anew: REINDEX (CONCURRENTLY, TABLESPACE ...). Move a table with pg_repack, or by copying its rows in batches to a table that was made there.
ALTER TABLE shop.items ALTER COLUMN id SET NOT NULL, SET TABLESPACE pg_default;
-- expect 54: SET TABLESPACE copies "shop.items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
ALTER INDEX orders_pkey SET TABLESPACE pg_default;
-- expect 25: SET TABLESPACE copies "orders_pkey" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
ALTER MATERIALIZED VIEW totals SET TABLESPACE pg_default;
-- expect 1: SET TABLESPACE copies "totals" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
