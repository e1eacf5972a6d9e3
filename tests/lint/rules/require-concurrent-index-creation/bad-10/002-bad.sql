-- a partition that has partitions
CREATE INDEX ON events (place);
-- expect 1: creating an index blocks writes to "events" until it is built (SHARE lock)
-- help: The index of a partitioned table cannot be built concurrently: make it on the parent ONLY, build one concurrently on each partition, each in a migration of its own, and attach them:
-- help: CREATE INDEX events_place_idx ON ONLY events (place);
-- help: CREATE INDEX events_2025_place_idx ON ONLY app.events_2025 (place);
-- help: CREATE INDEX CONCURRENTLY events_2025_one_place_idx ON events_2025_one (place);
-- help: ALTER INDEX app.events_2025_place_idx ATTACH PARTITION events_2025_one_place_idx;
-- help: ALTER INDEX events_place_idx ATTACH PARTITION app.events_2025_place_idx;
