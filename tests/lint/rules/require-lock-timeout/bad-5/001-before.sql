CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint CONSTRAINT of_user REFERENCES users);
CREATE INDEX orders_user_id ON orders (user_id);
CREATE INDEX orders_pairs ON orders (id, user_id);
