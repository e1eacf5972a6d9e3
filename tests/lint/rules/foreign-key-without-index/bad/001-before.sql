CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE TABLE users (id bigint PRIMARY KEY, place bigint, UNIQUE (id, place));
