-- rows are written while it is locked
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
-- expect 60: the foreign key from "orders" blocks writes to "users" until the transaction ends (SHARE ROW EXCLUSIVE lock)
INSERT INTO orders SELECT id, id FROM users;
