CREATE TABLE orders (
  id bigint PRIMARY KEY, -- the key
  -- for the search
  INDEX by_note (note), -- of all words
-- expect 3: an index inside CREATE TABLE is MySQL's: Postgres refuses it, and does not create "orders"
-- help: Create the table, and then what is to be on it:
-- help: CREATE TABLE orders (
-- help:   id bigint PRIMARY KEY, -- the key
-- help:   note text
-- help: );
-- help: CREATE INDEX by_note ON orders (note);
-- help: CREATE INDEX ON orders (id);
  INDEX (id),
  note text
);
