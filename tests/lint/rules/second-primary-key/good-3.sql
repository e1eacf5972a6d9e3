-- a key that has taken an index is gone with its column
CREATE TABLE orders (id bigint NOT NULL, code text);
CREATE UNIQUE INDEX orders_id ON orders (id);
ALTER TABLE orders ADD CONSTRAINT orders_key PRIMARY KEY USING INDEX orders_id;
ALTER TABLE orders DROP COLUMN id;
ALTER TABLE orders ADD PRIMARY KEY (code);
