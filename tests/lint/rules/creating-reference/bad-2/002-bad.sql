CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (user_id) REFERENCES users (id);
-- expect 24: the foreign key from "orders" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
ALTER TABLE orders ADD COLUMN owner_id bigint DEFAULT 1 REFERENCES users (id);
-- expect 57: the foreign key from "orders" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
-- help: Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.
UPDATE others SET note = '' WHERE id > 5;
