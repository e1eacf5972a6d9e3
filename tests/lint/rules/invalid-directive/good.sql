-- migrate: no-transaction
-- migrate: lock_timeout 5s
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
