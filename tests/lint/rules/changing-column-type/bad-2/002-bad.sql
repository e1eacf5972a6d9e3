-- a type that is not known
ALTER TABLE users ALTER COLUMN name TYPE text;
-- expect 19: changing the type of "name" to text may rewrite "users", which depends on the type that it has, and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE users ADD COLUMN name_new text;
