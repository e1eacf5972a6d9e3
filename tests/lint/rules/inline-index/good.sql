CREATE TYPE i AS (a integer);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, key text, index i, UNIQUE (user_id, key));
CREATE INDEX by_user ON orders (user_id);
ALTER TABLE orders ADD UNIQUE (key), ADD COLUMN "INDEX" varchar(20);
