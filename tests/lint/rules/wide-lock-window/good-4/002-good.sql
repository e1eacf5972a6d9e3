-- one table, by three names
ALTER TABLE orders RENAME TO purchases;
ALTER TABLE purchases RENAME COLUMN total TO sum;
ALTER TABLE purchases SET SCHEMA archive;
ALTER TABLE archive.purchases ADD COLUMN note text;
