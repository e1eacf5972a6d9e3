ALTER TABLE measurements DETACH PARTITION measurements_2024;
-- expect 26: detaching "measurements_2024" blocks reads and writes of "measurements" (ACCESS EXCLUSIVE lock)
-- help: It cannot be detached concurrently while there is a default partition. Limit the wait for the lock:
-- help: SET LOCAL lock_timeout = '3s';
-- help: ALTER TABLE measurements DETACH PARTITION measurements_2024;
ALTER TABLE events DETACH PARTITION events_rest;
-- expect 20: detaching "events_rest" blocks reads and writes of "events" (ACCESS EXCLUSIVE lock)
-- help: It cannot be detached concurrently while there is a default partition. Limit the wait for the lock:
-- help: SET LOCAL lock_timeout = '3s';
-- help: ALTER TABLE events DETACH PARTITION events_rest;
ALTER TABLE events DETACH PARTITION events_1;
-- expect 20: detaching "events_1" blocks reads and writes of "events" (ACCESS EXCLUSIVE lock)
-- help: Detach it concurrently, in a migration of its own:
-- help: ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;
