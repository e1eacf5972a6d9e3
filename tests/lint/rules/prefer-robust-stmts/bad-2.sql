CREATE TABLE orders (id bigint, note text);
CREATE INDEX CONCURRENTLY by_note ON orders (note);
-- expect 1: creating index "by_note" without IF NOT EXISTS fails when it is executed again: outside a transaction, an interrupted run may begin with it again
-- help: Write IF NOT EXISTS.
DROP INDEX CONCURRENTLY by_note;
-- expect 1: dropping index "by_note" without IF EXISTS fails when it is executed again: outside a transaction, an interrupted run may begin with it again
-- help: Write IF EXISTS.
