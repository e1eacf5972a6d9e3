CREATE TABLE notes (id bigint PRIMARY KEY, body text);
-- migrate: lock_timeout 5s
-- expect 1: directive "lock_timeout 5s" stands below the first statement
-- help: Move it to the head of the file: it steers how the whole file is executed.
CREATE INDEX notes_body ON notes (body);
