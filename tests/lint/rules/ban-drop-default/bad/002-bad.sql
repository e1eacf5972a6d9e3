ALTER TABLE orders ALTER note DROP DEFAULT;
-- expect 20: taking the default from column "note" of "orders" breaks programs that insert rows without it
-- help: First deploy the programs that always give a value; then allow this rule.
