ALTER TABLE events ADD CONSTRAINT events_id UNIQUE (id, day);
-- expect 20: adding unique constraint "events_id" blocks reads and writes of "events" until its index is built (ACCESS EXCLUSIVE lock)
-- help: The constraint of a partitioned table cannot take an index, but takes over those of its partitions: give each partition a unique constraint of its own by USING INDEX first.
