BEGIN;
-- expect 1: BEGIN of the file's own: executed part by part, it may end half done
-- help: Take out BEGIN and COMMIT: the runner makes the file and its row in migration_status one transaction.
CREATE TABLE notes (id bigint PRIMARY KEY);
COMMIT;
BEGIN;
CREATE TABLE words (id bigint PRIMARY KEY);
COMMIT;
