-- nothing is done after it that takes long
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
CREATE INDEX orders_user_id ON orders (user_id);
CREATE TABLE items (order_id bigint REFERENCES orders (id), user_id bigint REFERENCES users (id));
ALTER TABLE items ADD CONSTRAINT known CHECK (order_id > 0);
COMMENT ON TABLE items IS 'what was bought';
CREATE VIEW all_items AS SELECT * FROM items;
