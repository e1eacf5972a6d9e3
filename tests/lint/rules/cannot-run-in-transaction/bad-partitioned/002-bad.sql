BEGIN;
REINDEX INDEX events_kind;
-- expect 1: REINDEX INDEX of the partitioned table "events" cannot run inside a transaction: Postgres refuses it
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
REINDEX (VERBOSE) TABLE events;
-- expect 1: REINDEX TABLE of the partitioned table "events" cannot run inside a transaction: Postgres refuses it
COMMIT;
