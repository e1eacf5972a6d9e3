ALTER TABLE orders ALTER id SET GENERATED ALWAYS, ALTER number ADD GENERATED ALWAYS AS IDENTITY;
-- expect 20: changing how numbers are given to column "id" of "orders" breaks programs that insert rows as before
-- help: First deploy programs whose INSERTs are right before and after; then allow this rule.
-- expect 51: changing how numbers are given to column "number" of "orders" breaks programs that insert rows as before
-- help: First deploy programs whose INSERTs are right before and after; then allow this rule.
ALTER TABLE orders ALTER COLUMN id DROP IDENTITY IF EXISTS;
-- expect 20: changing how numbers are given to column "id" of "orders" breaks programs that insert rows as before
-- help: First deploy programs whose INSERTs are right before and after; then allow this rule.
