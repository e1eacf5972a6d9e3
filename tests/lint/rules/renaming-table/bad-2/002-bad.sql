-- only what it is called at the end is told
ALTER TABLE orders RENAME TO orders_aside;
-- expect 20: renaming table "orders" to "shop.purchases" breaks programs that use the old name
-- help: Leave a view of the old name, which can be written to as well, with the GRANTs of the table, until no program uses it:
-- help: CREATE VIEW orders AS TABLE shop.purchases;
ALTER TABLE orders_aside RENAME TO purchases;
ALTER TABLE purchases SET SCHEMA shop;
