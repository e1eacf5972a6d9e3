ALTER TABLE orders ALTER COLUMN twice DROP EXPRESSION IF EXISTS;
-- expect 20: no longer computing column "twice" of "orders" leaves it NULL in the rows of programs that count on it
-- help: First deploy the programs that give it a value themselves; then allow this rule.
