BEGIN;
REINDEX INDEX events_kind;
-- expect 1: REINDEX INDEX of the partitioned table "events" cannot run inside a transaction: Postgres refuses it
-- help: The runner executes it by itself, if it is concurrent and the file has no BEGIN around it:
-- help: REINDEX INDEX CONCURRENTLY events_kind;
REINDEX (VERBOSE) TABLE events;
-- expect 1: REINDEX TABLE of the partitioned table "events" cannot run inside a transaction: Postgres refuses it
COMMIT;
