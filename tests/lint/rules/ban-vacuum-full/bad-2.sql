VACUUM (VERBOSE, FULL TRUE);
-- expect 1: VACUUM FULL rewrites every table and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Make the space reusable instead:
-- help: VACUUM (ANALYZE);
