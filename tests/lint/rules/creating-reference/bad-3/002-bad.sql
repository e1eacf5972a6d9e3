CREATE TABLE orders (user_id bigint REFERENCES users);
-- expect 37: the foreign key from "orders" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
UPDATE others SET note = '' WHERE id > 5;
