CREATE TABLE orders (id bigint PRIMARY KEY);
DO $$ BEGIN
  EXECUTE 'ALTER TABLE orders ADD COLUMN note text';
-- expect 3: what this EXECUTE does is not known before it is executed, so no rule has judged it
-- help: Write the statement itself where its text does not change. Or look at it yourself, and allow it.
  EXECUTE format('COMMENT ON TABLE %I IS %L', 'orders', 'What was bought');
-- expect 3: what this EXECUTE does is not known before it is executed, so no rule has judged it
END $$;
