CREATE TABLE shop."Orders" (id bigint PRIMARY KEY, user_id bigint, -- who
  note text /* what they say */, UNIQUE KEY "by Note" (note, id),
-- expect 34: an index inside CREATE TABLE is MySQL's: Postgres refuses it, and does not create "shop.Orders"
-- help: Create the table, and then what is to be on it:
-- help: CREATE TABLE shop."Orders" (id bigint PRIMARY KEY, user_id bigint, -- who
-- help:   note text /* what they say */);
-- help: CREATE UNIQUE INDEX "by Note" ON shop."Orders" (note, id);
-- help: CREATE INDEX by_user ON shop."Orders" (user_id);
-- help: CREATE INDEX ON shop."Orders" (id);
  KEY by_user (user_id), KEY (id));
