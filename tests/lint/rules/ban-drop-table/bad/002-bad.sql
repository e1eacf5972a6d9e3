DROP TABLE orders, shop."Order lines";
-- expect 12: dropping table "orders" loses its rows, and breaks every program that still uses it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
-- expect 20: dropping table "shop.Order lines" loses its rows, and breaks every program that still uses it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
DO $$
BEGIN
  DROP TABLE IF EXISTS events;
-- expect 3: dropping table "events" loses its rows, and breaks every program that still uses it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
END
$$;
DROP TABLE IF EXISTS made_by_another_tool;
-- expect 1: dropping table "made_by_another_tool" loses its rows, and breaks every program that still uses it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
CREATE TABLE orders (id bigint PRIMARY KEY, placed timestamptz);
