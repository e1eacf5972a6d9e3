-- migrate: no-transaction
ALTER TABLE orders ADD COLUMN place text;
ALTER TABLE items ADD COLUMN place text;
