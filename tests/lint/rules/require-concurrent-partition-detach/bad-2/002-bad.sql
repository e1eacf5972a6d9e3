ALTER TABLE events DETACH PARTITION events_2024;
-- expect 20: detaching "events_2024" blocks reads and writes of "events" (ACCESS EXCLUSIVE lock)
-- help: Detach it concurrently:
-- help: ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;
