-- the server refuses CONCURRENTLY here
REINDEX INDEX no_overlap;
-- expect 1: rebuilding index "no_overlap" blocks writes to "bookings" (SHARE lock)
-- help: The index of an exclusion constraint cannot be rebuilt concurrently: do it while nobody needs the table, and allow it.
