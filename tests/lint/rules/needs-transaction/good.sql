-- migrate: no-transaction
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
BEGIN;
LOCK TABLE notes;
SET LOCAL work_mem = '64MB';
SAVEPOINT made;
RELEASE SAVEPOINT made;
COMMIT;
SET work_mem = '64MB';
DECLARE found CURSOR WITH HOLD FOR SELECT id FROM notes;
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
