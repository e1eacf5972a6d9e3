BEGIN;
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX notes_id ON notes (id);
REINDEX TABLE notes;
COMMIT;
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
