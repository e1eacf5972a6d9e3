ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT total_positive;
-- expect 20: validating "total_positive" in the transaction that adds it blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock of ADD CONSTRAINT)
-- help: Put this into a later migration:
-- help: ALTER TABLE orders VALIDATE CONSTRAINT total_positive;

ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_user_id_fkey;
-- expect 27: validating "orders_user_id_fkey" in the transaction that adds it blocks writes to "orders" until all rows are read (SHARE ROW EXCLUSIVE lock of ADD CONSTRAINT)
-- help: Put this into a later migration:
-- help: ALTER TABLE orders VALIDATE CONSTRAINT orders_user_id_fkey;

ALTER TABLE orders
    ADD CONSTRAINT small CHECK (total < 1000) NOT VALID,
    VALIDATE CONSTRAINT small;
-- expect 5: validating "small" in the transaction that adds it blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock of ADD CONSTRAINT)
-- help: Put this into a later migration:
-- help: ALTER TABLE orders VALIDATE CONSTRAINT small;
