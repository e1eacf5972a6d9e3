ALTER TABLE orders ADD COLUMN day date, ALTER COLUMN note DROP NOT NULL;
-- expect 41: allowing NULL in column "note" of "orders" breaks programs that do not expect it there
-- help: First deploy the programs that can read NULL there; then allow this rule.
