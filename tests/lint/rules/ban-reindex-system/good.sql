REINDEX DATABASE CONCURRENTLY shop;
REINDEX INDEX pg_catalog.pg_class_oid_index;
