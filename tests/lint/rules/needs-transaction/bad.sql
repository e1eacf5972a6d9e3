-- migrate: no-transaction
CREATE TABLE notes (id bigint PRIMARY KEY, body text);
LOCK TABLE notes;
-- expect 1: LOCK TABLE outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
SET LOCAL work_mem = '64MB';
-- expect 1: SET LOCAL outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
-- expect 1: SET TRANSACTION outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
SET CONSTRAINTS ALL DEFERRED;
-- expect 1: SET CONSTRAINTS outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
SAVEPOINT made;
-- expect 1: SAVEPOINT outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
ROLLBACK TO made;
-- expect 1: ROLLBACK TO SAVEPOINT outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
RELEASE made;
-- expect 1: RELEASE SAVEPOINT outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
DECLARE found CURSOR FOR SELECT id FROM notes;
-- expect 1: DECLARE CURSOR outside a transaction: nothing of it is left for the next statement
-- help: Put it and what needs it between BEGIN; and COMMIT;
CREATE INDEX CONCURRENTLY notes_body ON notes (body);
