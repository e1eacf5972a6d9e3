CREATE TABLE users (id bigint PRIMARY KEY, referrer_id bigint REFERENCES users (id));
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
ALTER TABLE orders ADD COLUMN owner_id bigint REFERENCES users (id);
ALTER TABLE orders ADD FOREIGN KEY (owner_id) REFERENCES users (id);
CREATE TEMP TABLE parents (id bigint PRIMARY KEY);
CREATE TEMP TABLE children (parent_id bigint REFERENCES parents (id));
