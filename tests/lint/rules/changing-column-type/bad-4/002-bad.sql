-- the rows need not be changed, but the index
SET LOCAL TIME ZONE 'UTC';
ALTER TABLE orders ALTER COLUMN made_at TYPE timestamptz;
-- expect 20: changing the type of "made_at" from timestamp to timestamptz builds index "orders_made_at_idx" of "orders" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Drop the index before and build it again afterwards, both concurrently and in migrations of their own:
-- help: DROP INDEX CONCURRENTLY orders_made_at_idx;
-- help: ALTER TABLE orders ALTER COLUMN made_at TYPE timestamptz;
-- help: CREATE INDEX CONCURRENTLY orders_made_at_idx ON orders (made_at);
