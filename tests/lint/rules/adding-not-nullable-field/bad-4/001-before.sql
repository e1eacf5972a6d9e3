CREATE TABLE orders (id bigint PRIMARY KEY, note text, total integer);
ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;
