BEGIN;
CLUSTER events USING events_kind;
-- expect 1: CLUSTER of the partitioned table "events" cannot run inside a transaction: Postgres refuses it
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
COMMIT;
