-- new tables have no rows that anybody waits for
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
CREATE TABLE items (order_id bigint, owner_id bigint);
ALTER TABLE items ADD CONSTRAINT items_order_fk FOREIGN KEY (order_id) REFERENCES orders (id);
ALTER TABLE items ADD COLUMN buyer_id bigint DEFAULT 1 REFERENCES users (id);
