-- the other table is new, so that its lock keeps nobody waiting
CREATE TABLE states (state text PRIMARY KEY);
INSERT INTO states SELECT DISTINCT state FROM orders WHERE state IS NOT NULL;
ALTER TABLE orders ADD FOREIGN KEY (state) REFERENCES states;
-- expect 20: adding foreign key "orders_state_fkey" blocks writes to "orders" until all rows of "orders" are checked (SHARE ROW EXCLUSIVE lock)
-- help: Add it without checking the rows, and check them in a later migration, which blocks no writes:
-- help: ALTER TABLE orders ADD CONSTRAINT orders_state_fkey FOREIGN KEY (state) REFERENCES states NOT VALID;
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_state_fkey;  -- in a later migration
