-- nothing is known of its table
DROP INDEX IF EXISTS users_email_idx CASCADE;
-- expect 1: dropping index "users_email_idx" blocks reads and writes of its table (ACCESS EXCLUSIVE lock)
-- help: Drop it concurrently:
-- help: DROP INDEX CONCURRENTLY IF EXISTS users_email_idx;
