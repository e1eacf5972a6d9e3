CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
ALTER TABLE orders ADD COLUMN note text, ADD INDEX by_user (user_id);
-- expect 42: an index added by ALTER TABLE is MySQL's: Postgres refuses it, and leaves "orders" as it is
-- help: Create it by itself:
-- help: CREATE INDEX by_user ON orders (user_id);
ALTER TABLE events ADD UNIQUE INDEX by_day (day, kind);
-- expect 20: an index added by ALTER TABLE is MySQL's: Postgres refuses it, and leaves "events" as it is
-- help: Create it by itself:
-- help: CREATE UNIQUE INDEX CONCURRENTLY by_day ON events (day, kind);
