ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
-- checks nothing, since all rows have NULL there
ALTER TABLE orders ADD COLUMN owner_id bigint REFERENCES users (id);
ALTER TABLE orders ADD COLUMN state text DEFAULT 'new';
