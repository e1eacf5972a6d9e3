-- what is rolled back has made nothing
BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
CREATE INDEX ON orders (user_id);
ROLLBACK;
CREATE INDEX orders_user_id ON orders (user_id);
-- expect 1: creating index "orders_user_id" blocks writes to "orders" until it is built (SHARE lock)
START TRANSACTION;
CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint);
COMMIT;
CREATE INDEX items_user_id ON items (user_id);
