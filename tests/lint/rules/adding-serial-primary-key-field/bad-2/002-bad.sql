ALTER TABLE events ADD PRIMARY KEY (id, day);
-- expect 20: adding primary key "events_pkey" blocks reads and writes of "events" until its index is built (ACCESS EXCLUSIVE lock)
-- help: The primary key of a partitioned table cannot take an index, but takes over those of its partitions: give each partition a primary key of its own by USING INDEX first.
