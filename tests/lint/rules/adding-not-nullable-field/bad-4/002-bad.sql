-- a constraint that says nothing of the column
ALTER TABLE orders VALIDATE CONSTRAINT positive;
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
-- expect 20: setting "note" NOT NULL blocks reads and writes of "orders" until all rows are read (ACCESS EXCLUSIVE lock)
