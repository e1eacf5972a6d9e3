ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT total_positive;
-- expect 20: validating "total_positive" in the transaction that adds it blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock of ADD CONSTRAINT)
-- help: Put this into a later migration:
-- help: ALTER TABLE orders VALIDATE CONSTRAINT total_positive;
