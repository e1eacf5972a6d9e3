-- what is not known of a domain
ALTER TABLE items ALTER COLUMN sku TYPE varchar(20);
-- expect 19: changing the type of "sku" from short to varchar(20) may rewrite "items", which depends on the type that it has, and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and change over in a later migration:
-- help: ALTER TABLE items ADD COLUMN sku_new varchar(20);
