CREATE INDEX CONCURRENTLY events_kind ON events (kind);
-- expect 1: index "events_kind" of the partitioned table "events" cannot be built concurrently: Postgres refuses it
-- help: The index of a partitioned table cannot be built concurrently: make it on the parent ONLY, build one concurrently on each partition, each in a migration of its own, and attach them:
-- help: CREATE INDEX events_kind ON ONLY events (kind);
-- help: CREATE INDEX CONCURRENTLY events_2025_kind_idx ON events_2025 (kind);
-- help: ALTER INDEX events_kind ATTACH PARTITION events_2025_kind_idx;

DROP INDEX CONCURRENTLY IF EXISTS events_at;
-- expect 1: index "events_at" of the partitioned table "events" cannot be dropped concurrently: Postgres refuses it
-- help: Drop it with a short lock_timeout, since it locks the table and all partitions for a moment:
-- help: SET LOCAL lock_timeout = '3s';
-- help: DROP INDEX IF EXISTS events_at;

CREATE UNIQUE INDEX CONCURRENTLY ON ONLY app."Logs" (id);
-- expect 1: an index of the partitioned table "app.Logs" cannot be built concurrently: Postgres refuses it
-- help: The index of a partitioned table cannot be built concurrently: make it on the parent ONLY, build one concurrently on each partition, each in a migration of its own, and attach them:
-- help: CREATE UNIQUE INDEX "Logs_id_idx" ON ONLY app."Logs" (id);
