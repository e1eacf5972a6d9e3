CREATE TABLE users (id bigint PRIMARY KEY, referrer_id bigint REFERENCES users (id), email text CHECK (email <> ''));
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id) NOT NULL);
CREATE TABLE items (order_id bigint REFERENCES orders (id));
