CREATE TABLE orders (id bigint) USING heap;
ALTER TABLE orders SET ACCESS METHOD heap;
