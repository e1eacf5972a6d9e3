CREATE TABLE notes (id bigint PRIMARY KEY);
COMMIT;
-- expect 1: COMMIT without a transaction that this file has begun
-- help: Take it out: the runner makes the file one transaction. Or begin one: BEGIN;
CREATE INDEX CONCURRENTLY notes_id ON notes (id);
