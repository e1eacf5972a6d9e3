ALTER TABLE unknown ADD UNIQUE NULLS NOT DISTINCT (a, b);
-- expect 21: adding unique constraint "unknown_a_b_key" blocks reads and writes of "unknown" until its index is built (ACCESS EXCLUSIVE lock)
-- help: Build the index concurrently, in a migration of its own, and let the constraint take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY unknown_a_b_key ON unknown (a, b) NULLS NOT DISTINCT;
-- help: ALTER TABLE unknown ADD CONSTRAINT unknown_a_b_key UNIQUE USING INDEX unknown_a_b_key;  -- in a later migration
