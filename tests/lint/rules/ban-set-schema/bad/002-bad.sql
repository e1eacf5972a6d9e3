ALTER TABLE orders SET SCHEMA shop;
-- expect 20: moving table "orders" to schema "shop" breaks programs that look for it where it was
-- help: Leave a view or a function of the old name in the old schema, until no program uses it any more.
ALTER VIEW order_ids SET SCHEMA shop;
-- expect 1: moving view "order_ids" to schema "shop" breaks programs that look for it where it was
-- help: Leave a view or a function of the old name in the old schema, until no program uses it any more.
ALTER FUNCTION one() SET SCHEMA shop;
-- expect 1: moving function "one" to schema "shop" breaks programs that look for it where it was
-- help: Leave a view or a function of the old name in the old schema, until no program uses it any more.
