CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
VACUUM notes;
