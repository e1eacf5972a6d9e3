ALTER TABLE events ATTACH PARTITION old_events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
-- expect 20: attaching "old_events" to "events" reads all its rows and blocks reads and writes of "old_events" meanwhile (ACCESS EXCLUSIVE lock)
-- help: In migrations before this one, add and validate a CHECK that says what the partition's bounds say, NOT NULL included:
-- help: ALTER TABLE old_events ADD CONSTRAINT old_events_bounds CHECK (...) NOT VALID;
-- help: ALTER TABLE old_events VALIDATE CONSTRAINT old_events_bounds;
ALTER TABLE events ATTACH PARTITION archive."2019" FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
-- expect 20: attaching "archive.2019" to "events" reads all its rows and blocks reads and writes of "archive.2019" meanwhile (ACCESS EXCLUSIVE lock)
