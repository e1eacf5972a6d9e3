REINDEX SYSTEM shop;
-- expect 1: REINDEX SYSTEM keeps every query of the database waiting while it rebuilds the indexes of the system catalogs (ACCESS EXCLUSIVE lock)
-- help: Leave it to whoever operates the server, while nobody uses the database.
REINDEX (CONCURRENTLY) SYSTEM shop;
-- expect 1: the system catalogs cannot be rebuilt concurrently: Postgres refuses it
-- help: Leave it to whoever operates the server, while nobody uses the database.
