CREATE TABLE orders (id bigint PRIMARY KEY, made_at timestamp);
CREATE INDEX orders_made_at_idx ON orders (made_at);
