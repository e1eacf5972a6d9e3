-- the columns that the constraints tell of, by the names of today
ALTER TABLE orders ALTER COLUMN remark SET NOT NULL, ALTER COLUMN place SET NOT NULL;
