CLUSTER;
-- expect 1: CLUSTER rewrites every table that was clustered before and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Leave the rows where they are, or let the extension pg_repack order them while the table is in use.
