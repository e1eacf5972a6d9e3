REFRESH MATERIALIZED VIEW totals;
-- expect 1: refreshing "totals" blocks reads of it until its query has ended (ACCESS EXCLUSIVE lock)
-- help: Refresh it concurrently, for which it needs a unique index on columns of all rows:
-- help: REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
