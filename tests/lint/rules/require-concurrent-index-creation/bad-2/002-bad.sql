CREATE INDEX measurements_sensor_idx ON measurements (sensor) WITH (fillfactor = 90);
-- expect 1: creating index "measurements_sensor_idx" blocks writes to "measurements" until it is built (SHARE lock)
-- help: The index of a partitioned table cannot be built concurrently: make it on the parent ONLY, build one concurrently on each partition, each in a migration of its own, and attach them:
-- help: CREATE INDEX measurements_sensor_idx ON ONLY measurements (sensor) WITH (fillfactor = 90);
-- help: CREATE INDEX CONCURRENTLY measurements_2025_sensor_idx ON measurements_2025 (sensor) WITH (fillfactor = 90);
-- help: ALTER INDEX measurements_sensor_idx ATTACH PARTITION measurements_2025_sensor_idx;

CREATE INDEX plain_a_idx ON ONLY plain (a);
-- expect 1: creating index "plain_a_idx" blocks writes to "plain" until it is built (SHARE lock)
-- help: Build it concurrently, in a migration of its own:
-- help: CREATE INDEX CONCURRENTLY plain_a_idx ON ONLY plain (a);
