CREATE TABLE orders (id bigint, note text);
CREATE INDEX CONCURRENTLY IF NOT EXISTS by_note ON orders (note);
DROP INDEX CONCURRENTLY IF EXISTS by_note;
