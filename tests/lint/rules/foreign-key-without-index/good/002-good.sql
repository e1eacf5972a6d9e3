CREATE INDEX ON orders (user_id, total);
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;
CREATE TABLE profiles (user_id bigint PRIMARY KEY REFERENCES users, note text);
CREATE TABLE items (id bigint, user_id bigint, place bigint, FOREIGN KEY (user_id, place) REFERENCES users (id, place));
CREATE INDEX ON items (place, user_id, id);
CREATE TABLE gone (user_id bigint REFERENCES users);
ALTER TABLE gone DROP COLUMN user_id;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS payer_id bigint NULL REFERENCES users (id);
CREATE INDEX IF NOT EXISTS orders_payer_id ON orders (payer_id) WHERE payer_id IS NOT NULL;
