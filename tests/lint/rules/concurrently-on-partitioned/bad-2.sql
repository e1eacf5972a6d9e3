-- nor where the table is new
CREATE TABLE events (at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_kind ON events (kind);
-- expect 1: index "events_kind" of the partitioned table "events" cannot be built concurrently: Postgres refuses it
CREATE INDEX events_at ON ONLY events (at);
DROP INDEX CONCURRENTLY events_at;
-- expect 1: index "events_at" of the partitioned table "events" cannot be dropped concurrently: Postgres refuses it
