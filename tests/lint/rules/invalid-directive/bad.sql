-- migrate: no-transactoin
-- expect 1: unknown directive "no-transactoin"
-- help: Did you mean "no-transaction"?
CREATE TABLE notes (id bigint PRIMARY KEY);
