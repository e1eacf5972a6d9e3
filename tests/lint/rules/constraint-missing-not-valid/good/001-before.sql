CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, state text);
CREATE TABLE users (id bigint PRIMARY KEY);
