CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
ALTER TABLE users RENAME TO people;
ALTER TABLE orders RENAME COLUMN user_id TO person_id;
