BEGIN;
CREATE TABLE notes (id bigint PRIMARY KEY);
COMMIT AND CHAIN;
-- expect 1: nothing in this file ends the transaction that COMMIT AND CHAIN begins here
-- help: Write at the end:
-- help: COMMIT;
CREATE TABLE words (id bigint PRIMARY KEY);
