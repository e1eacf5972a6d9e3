-- an index that cannot be dropped without its constraint
ALTER TABLE users ALTER COLUMN email TYPE text COLLATE "C";
-- expect 19: changing the type of "email" from varchar(50) to text COLLATE "C" builds index "users_email_key" of "users" anew and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE users ADD COLUMN email_new text COLLATE "C";
