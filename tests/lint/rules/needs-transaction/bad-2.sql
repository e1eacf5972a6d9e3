CREATE TABLE notes (id bigint PRIMARY KEY, body text);
LOCK TABLE notes IN SHARE MODE;
-- expect 1: LOCK TABLE outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
