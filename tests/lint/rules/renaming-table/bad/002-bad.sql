ALTER TABLE IF EXISTS shop.orders RENAME TO "All orders";
-- expect 35: renaming table "shop.orders" to "All orders" breaks programs that use the old name
-- help: Leave a view of the old name, which can be written to as well, with the GRANTs of the table, until no program uses it:
-- help: CREATE VIEW shop.orders AS TABLE shop."All orders";
