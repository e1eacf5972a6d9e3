ALTER TABLE orders DROP CONSTRAINT IF EXISTS "Has note", ADD CONSTRAINT has_note CHECK (note <> '');
-- expect 20: dropping constraint "Has note" of "orders" lets in rows that programs do not expect
-- help: First deploy the programs that do not count on it, also not by ON CONFLICT; then allow this rule.
ALTER TABLE orders DROP CONSTRAINT orders_pkey;
-- expect 20: dropping constraint "orders_pkey" of "orders" lets in rows that programs do not expect
-- help: First deploy the programs that do not count on it, also not by ON CONFLICT; then allow this rule.
ALTER TABLE orders ADD CONSTRAINT by_note UNIQUE (note);
