CREATE TABLE IF NOT EXISTS orders (id bigint);
-- expect 28: table orders is named without its schema: search_path decides which one it is
-- help: Write: public.orders
CREATE UNLOGGED TABLE "Lines" AS SELECT id FROM orders;
-- expect 23: table "Lines" is named without its schema: search_path decides which one it is
-- help: Write: public."Lines"
ALTER TABLE IF EXISTS ONLY orders ADD COLUMN note text, ADD COLUMN day date;
-- expect 28: table orders is named without its schema: search_path decides which one it is
-- help: Write: public.orders
DROP TABLE IF EXISTS orders, public.words, "Lines" CASCADE;
-- expect 22: table orders is named without its schema: search_path decides which one it is
-- help: Write: public.orders
-- expect 44: table "Lines" is named without its schema: search_path decides which one it is
-- help: Write: public."Lines"
