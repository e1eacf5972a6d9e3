ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN place text, ALTER COLUMN total SET DEFAULT 0;
-- expect 1: the statement before alters "orders", too: one ALTER TABLE would lock it, and read its rows, once
-- help: ALTER TABLE orders ADD COLUMN note text, ADD COLUMN place text, ALTER COLUMN total SET DEFAULT 0;
ALTER TABLE shop.items ADD COLUMN note text;
ALTER TABLE shop.items DROP COLUMN id;
-- expect 1: the statement before alters "shop.items", too: one ALTER TABLE would lock it, and read its rows, once
