ALTER TABLE orders ALTER note DROP DEFAULT;
-- expect 20: taking the default from column "note" of "orders" breaks programs that insert rows without it
-- help: First deploy the programs that always give a value; then allow this rule.
ALTER TABLE orders ADD COLUMN IF NOT EXISTS color text NOT NULL DEFAULT '';
ALTER TABLE orders ALTER COLUMN color DROP DEFAULT;
-- expect 20: taking the default from column "color" of "orders" breaks programs that insert rows without it
