CREATE TABLE orders (id bigint);
-- expect 1: table "orders" has no comment in this file
-- help: COMMENT ON TABLE orders IS '...';
COMMENT ON COLUMN orders.id IS 'counts from 1';
CREATE TABLE IF NOT EXISTS "Items" (id bigint);
-- expect 1: table "Items" has no comment in this file
COMMENT ON TABLE "Items" IS NULL;
