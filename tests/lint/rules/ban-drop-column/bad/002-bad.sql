ALTER TABLE IF EXISTS ONLY shop.orders
  ADD COLUMN paid boolean,
  DROP COLUMN IF EXISTS "Paid" CASCADE,
-- expect 3: dropping column "Paid" of "shop.orders" loses its values, and breaks programs that use it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
  DROP note;
-- expect 3: dropping column "note" of "shop.orders" loses its values, and breaks programs that use it
-- help: First deploy the programs without it; then allow this rule, and say since when nobody uses it.
