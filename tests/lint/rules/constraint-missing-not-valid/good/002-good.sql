ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID;
ALTER TABLE orders ADD CHECK (state <> '') NO INHERIT NOT VALID;
-- other rules tell of those
ALTER TABLE orders ADD CONSTRAINT orders_state_key UNIQUE (state);
ALTER TABLE orders ADD CONSTRAINT orders_fk FOREIGN KEY (id) REFERENCES users (id);
ALTER TABLE orders ADD CONSTRAINT orders_total_key UNIQUE (total);
