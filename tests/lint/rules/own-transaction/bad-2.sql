START TRANSACTION;
-- expect 1: START TRANSACTION of the file's own: executed part by part, it may end half done
-- help: Put what stands between BEGIN and COMMIT into a migration of its own, which the runner makes one transaction.
CREATE TABLE notes (id bigint PRIMARY KEY);
COMMIT;
CREATE INDEX CONCURRENTLY notes_id ON notes (id);
