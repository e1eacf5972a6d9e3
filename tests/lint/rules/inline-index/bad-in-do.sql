DO $$
BEGIN
  CREATE TABLE orders (id bigint PRIMARY KEY, INDEX i ON orders (id));
-- expect 47: an index inside CREATE TABLE is MySQL's: Postgres refuses it, and does not create "orders"
-- help: Create the table, and then what is to be on it:
-- help: CREATE TABLE orders (id bigint PRIMARY KEY);
-- help: CREATE INDEX i ON orders (id);
END
$$;
