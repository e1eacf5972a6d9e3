VACUUM FULL orders;
-- expect 1: VACUUM FULL rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Make the space reusable instead:
-- help: VACUUM (ANALYZE) orders;
VACUUM (FULL, ANALYZE) shop."Order Items";
-- expect 1: VACUUM FULL rewrites "shop.Order Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
