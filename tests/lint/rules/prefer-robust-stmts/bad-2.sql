CREATE TABLE orders (id bigint, note text);
CREATE INDEX CONCURRENTLY by_note ON orders (note);
-- expect 1: without IF NOT EXISTS this fails when it is executed again, and outside a transaction, a run that was interrupted may begin with it again
-- help: Write IF NOT EXISTS.
DROP INDEX CONCURRENTLY by_note;
-- expect 1: without IF EXISTS this fails when it is executed again, and outside a transaction, a run that was interrupted may begin with it again
-- help: Write IF EXISTS.
