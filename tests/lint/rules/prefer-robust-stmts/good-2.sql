-- migrate: idempotent
CREATE TABLE IF NOT EXISTS orders (id bigint, note text);
CREATE INDEX IF NOT EXISTS by_note ON orders (note);
ALTER TABLE orders ADD COLUMN IF NOT EXISTS day date, DROP COLUMN IF EXISTS place;
ALTER TABLE orders DROP CONSTRAINT IF EXISTS has_note;
ALTER TABLE orders ADD CONSTRAINT has_note CHECK (note <> '') NOT VALID;
CREATE OR REPLACE VIEW order_ids AS SELECT id FROM orders;
DROP MATERIALIZED VIEW IF EXISTS totals;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM orders;
DO $$
BEGIN
  IF to_regtype('mood') IS NULL THEN
    CREATE TYPE mood AS ENUM ('glad', 'sad');
  END IF;
END
$$;
