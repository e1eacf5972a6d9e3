-- migrate: no-transaction
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
BEGIN;
ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;
-- expect 1: ALTER TABLE DETACH PARTITION CONCURRENTLY cannot run inside a transaction block: Postgres refuses it (SQLSTATE 25001)
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
COMMIT;
