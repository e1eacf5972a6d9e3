CREATE TABLE orders (id bigint PRIMARY KEY, total integer);
CREATE TABLE items (id bigint PRIMARY KEY);
