BEGIN;
CREATE TABLE notes (id bigint PRIMARY KEY);
BEGIN;
-- expect 1: BEGIN inside a transaction begins none: the next COMMIT ends the outer one
-- help: Take it out, or write SAVEPOINT name;
CREATE TABLE words (id bigint PRIMARY KEY);
COMMIT;
START TRANSACTION;
START TRANSACTION ISOLATION LEVEL SERIALIZABLE;
-- expect 1: START TRANSACTION inside a transaction begins none: the next COMMIT ends the outer one
-- help: Take it out, or write SAVEPOINT name;
COMMIT AND CHAIN;
CREATE TABLE letters (id bigint PRIMARY KEY);
COMMIT;
ROLLBACK;
-- expect 1: ROLLBACK without a transaction that this file has begun
-- help: Take it out: the runner makes the file one transaction. Or begin one: BEGIN;
