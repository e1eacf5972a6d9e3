CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE INDEX by_id ON orders (id);
