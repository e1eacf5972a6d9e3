-- migrate: idempotent
CREATE TABLE orders (id bigint, note text, place text);
-- expect 1: creating table "orders" without IF NOT EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write IF NOT EXISTS.
CREATE INDEX by_note ON orders (note);
-- expect 1: creating index "by_note" without IF NOT EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write IF NOT EXISTS.
ALTER TABLE orders ADD COLUMN day date, ADD CONSTRAINT has_note CHECK (note <> ''), DROP COLUMN place;
-- expect 20: creating column "day" of "orders" without IF NOT EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write IF NOT EXISTS.
-- expect 41: creating constraint "has_note" of "orders" without DROP CONSTRAINT IF EXISTS has_note before it fails when it is executed again: the file says that it can run twice
-- help: Write DROP CONSTRAINT IF EXISTS has_note before it.
-- expect 85: dropping column "place" of "orders" without IF EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write IF EXISTS.
CREATE VIEW order_ids AS SELECT id FROM orders;
-- expect 1: creating view "order_ids" without OR REPLACE fails when it is executed again: the file says that it can run twice
-- help: Write OR REPLACE.
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- expect 1: creating function "one" without OR REPLACE fails when it is executed again: the file says that it can run twice
-- help: Write OR REPLACE.
CREATE SCHEMA shop;
-- expect 1: creating schema "shop" without IF NOT EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write IF NOT EXISTS.
CREATE INDEX ON orders (id);
-- expect 1: creating index "unnamed" without a name and IF NOT EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write a name and IF NOT EXISTS.
DROP TABLE IF EXISTS lines;
CREATE TABLE lines (id bigint);
DROP VIEW order_ids;
-- expect 1: dropping view "order_ids" without IF EXISTS fails when it is executed again: the file says that it can run twice
-- help: Write IF EXISTS.
