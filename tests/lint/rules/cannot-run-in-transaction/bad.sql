BEGIN;
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
-- expect 1: CREATE INDEX CONCURRENTLY cannot run inside a transaction block: Postgres refuses it (SQLSTATE 25001)
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
DROP INDEX CONCURRENTLY notes_body;
-- expect 1: DROP INDEX CONCURRENTLY cannot run inside a transaction block: Postgres refuses it (SQLSTATE 25001)
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
REINDEX (CONCURRENTLY) TABLE notes;
-- expect 1: REINDEX TABLE CONCURRENTLY cannot run inside a transaction block: Postgres refuses it (SQLSTATE 25001)
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
VACUUM notes;
-- expect 1: VACUUM cannot run inside a transaction block: Postgres refuses it (SQLSTATE 25001)
-- help: Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there.
COMMIT;
