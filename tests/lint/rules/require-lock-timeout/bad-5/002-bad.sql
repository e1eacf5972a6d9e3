-- told once a transaction, even when what is locked is gone by then
BEGIN;
DROP INDEX orders_user_id;
-- expect 1: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
DROP INDEX orders_pairs;
COMMIT;
BEGIN;
CREATE TABLE notes (user_id bigint REFERENCES users);
-- expect 1: waiting for a lock on "users" may stop all who use it after that, for ever: no lock_timeout is set
ALTER TABLE orders DROP CONSTRAINT of_user;
COMMIT;
BEGIN;
CREATE TABLE scratch (id bigint);
DROP TABLE scratch;
ALTER TABLE orders ADD COLUMN note text;
-- expect 20: waiting for a lock on "orders" may stop all who use it after that, for ever: no lock_timeout is set
COMMIT;
