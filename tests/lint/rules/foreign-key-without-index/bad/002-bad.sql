ALTER TABLE orders ADD COLUMN payer bigint REFERENCES users;
-- expect 44: no index begins with payer of "orders": each DELETE in "users" reads the whole table
-- help: CREATE INDEX CONCURRENTLY orders_payer_idx ON orders (payer);
ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users;
-- expect 24: no index begins with user_id of "orders": each DELETE in "users" reads the whole table
CREATE TABLE "Items" (id bigint PRIMARY KEY, "Order" bigint REFERENCES orders, user_id bigint, place bigint,
-- expect 61: no index begins with "Order" of "Items": each DELETE in "orders" reads the whole table
    FOREIGN KEY (user_id, place) REFERENCES users (id, place));
-- expect 5: no index begins with user_id, place of "Items": each DELETE in "users" reads the whole table
CREATE INDEX ON "Items" (user_id, id, place);
CREATE INDEX ON orders (user_id) WHERE total > 0;
