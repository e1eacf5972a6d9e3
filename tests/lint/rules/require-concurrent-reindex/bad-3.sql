REINDEX DATABASE shop;
-- expect 1: rebuilding the indexes of database "shop" blocks writes to each of its tables (SHARE lock)
-- help: Rebuild concurrently:
-- help: REINDEX DATABASE CONCURRENTLY shop;
