-- by the names that tables and columns have now
ALTER TABLE orders DROP COLUMN person_id;
-- expect 20: dropping column "person_id" with its foreign key blocks reads and writes of "people" as well, until the transaction ends (ACCESS EXCLUSIVE lock)
DELETE FROM orders WHERE id > 5;
