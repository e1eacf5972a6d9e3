BEGIN;
CREATE TABLE notes (id bigint PRIMARY KEY);
COMMIT;
START TRANSACTION;
-- expect 1: nothing in this file ends the transaction that START TRANSACTION begins here
-- help: Write at the end:
-- help: COMMIT;
CREATE TABLE words (id bigint PRIMARY KEY);
