CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, note text, user_id bigint REFERENCES users (id));
ALTER TABLE orders ADD CONSTRAINT note_is_there CHECK (note IS NOT NULL) NOT VALID;
CREATE TABLE carts (id bigint PRIMARY KEY, person_id bigint REFERENCES users (id));
ALTER TABLE carts RENAME person_id TO user_id;
ALTER TABLE users RENAME TO people;
ALTER TABLE people RENAME TO users;
