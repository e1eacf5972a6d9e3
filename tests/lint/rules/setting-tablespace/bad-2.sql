ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default;
-- expect 42: SET TABLESPACE copies all tables in tablespace "pg_default" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Move an index by building it anew: REINDEX (CONCURRENTLY, TABLESPACE ...). Move a table with pg_repack, or by copying its rows in batches to a table that was made there.
