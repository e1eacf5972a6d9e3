ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- expect 20: "orders" has row-level security and no policy: all but its owner see and write no row
-- help: CREATE POLICY orders_policy ON orders USING (...);
CREATE TABLE "Items" (id bigint);
ALTER TABLE "Items" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- expect 21: "Items" has row-level security and no policy: all but its owner see and write no row
