-- migrate: no-transaction
CREATE TABLE notes (id bigint PRIMARY KEY);
BEGIN;
ALTER TABLE notes ADD COLUMN body text;
COMMIT;
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
