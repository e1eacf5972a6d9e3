CLUSTER orders USING orders_pkey;
-- expect 1: CLUSTER rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Leave the rows where they are, or let the extension pg_repack order them while the table is in use.
CLUSTER VERBOSE shop.items USING by_order;
-- expect 1: CLUSTER rewrites "shop.items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
