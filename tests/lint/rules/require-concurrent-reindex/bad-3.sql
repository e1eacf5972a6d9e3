-- postgres_version 18
REINDEX DATABASE;
-- expect 1: rebuilding the indexes of the database blocks writes to each of its tables (SHARE lock)
-- help: Rebuild concurrently, which leaves out the system's indexes, INVALID ones and those of exclusion constraints:
-- help: REINDEX DATABASE CONCURRENTLY;
