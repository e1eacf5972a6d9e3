BEGIN;
CLUSTER events USING events_kind;
-- expect 1: CLUSTER of the partitioned table "events" cannot run inside a transaction: Postgres refuses it
-- help: Order each partition by itself.
COMMIT;
