CREATE TABLE notes (id bigint PRIMARY KEY, body text);
ALTER TABLE notes MODIFY COLUMN body varchar(20);
-- expect 19: cannot read this statement from "MODIFY" on, so no rule has judged it
-- help: Ask a server whether it is right: migrate-lint --server. Or allow it: "-- migrate: allow unknown-statement because ...".
CREATE INDEX notes_body ON notes (body);
USE shop;
-- expect 1: cannot read this statement from "USE" on, so no rule has judged it
-- help: Ask a server whether it is right: migrate-lint --server. Or allow it: "-- migrate: allow unknown-statement because ...".
