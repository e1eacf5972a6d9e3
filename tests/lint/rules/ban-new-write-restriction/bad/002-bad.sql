ALTER TABLE orders ADD CONSTRAINT has_note CHECK (note <> '') NOT VALID, ALTER COLUMN id SET NOT NULL;
-- expect 20: a new check constraint on "orders" refuses rows that programs still write
-- help: First deploy the programs that write what the constraint lets through; then allow this rule.
-- expect 74: a new not null constraint on "orders" refuses rows that programs still write
-- help: First deploy the programs that write what the constraint lets through; then allow this rule.
CREATE UNIQUE INDEX by_id ON orders (id);
-- expect 1: a new unique index on "orders" refuses rows that programs still write
-- help: First deploy the programs that write what the constraint lets through; then allow this rule.
ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
-- expect 1: a new constraint on "email" refuses rows that programs still write
-- help: First deploy the programs that write what the constraint lets through; then allow this rule.
