CLUSTER;
-- expect 1: waiting for a lock on each table in turn may stop all who use it after that, for ever: no lock_timeout is set
-- help: Outside of a transaction the runner sets none. Write at the head of the file:
-- help: -- migrate: lock_timeout 3s
VACUUM (FULL);
SET lock_timeout = 0;
REINDEX SCHEMA shop;
-- expect 1: waiting for a lock on each table of schema "shop" in turn may stop all who use it after that, for ever: line 6 takes lock_timeout away
SET lock_timeout = 0;
REINDEX SYSTEM shop;
-- expect 1: waiting for a lock on each system catalog in turn may stop all who use it after that, for ever: line 9 takes lock_timeout away
