REINDEX TABLE CONCURRENTLY pg_catalog.pg_class;
REINDEX (CONCURRENTLY) INDEX orders_pkey;
REINDEX (VERBOSE, CONCURRENTLY true) TABLE orders;
-- which cannot be rebuilt concurrently
REINDEX SYSTEM postgres;
