-- is there
CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));
-- adding-foreign-key-constraint tells of those
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE orders ADD COLUMN owner_id bigint DEFAULT 1 REFERENCES users (id);
