-- migrate: transaction
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
-- expect 1: CREATE INDEX CONCURRENTLY cannot run in a transaction, but the file is to be one transaction
-- help: Take out the directive "transaction", or put the statement into a file of its own.
