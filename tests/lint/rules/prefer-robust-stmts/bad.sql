-- migrate: idempotent
CREATE TABLE orders (id bigint, note text);
-- expect 1: without IF NOT EXISTS this fails when it is executed again, and the file says that it can run twice
-- help: Write IF NOT EXISTS.
CREATE INDEX by_note ON orders (note);
-- expect 1: without IF NOT EXISTS this fails when it is executed again, and the file says that it can run twice
-- help: Write IF NOT EXISTS.
ALTER TABLE orders ADD COLUMN day date, ADD CONSTRAINT has_note CHECK (note <> ''), DROP COLUMN note;
-- expect 20: without IF NOT EXISTS this fails when it is executed again, and the file says that it can run twice
-- help: Write IF NOT EXISTS.
-- expect 41: without DROP CONSTRAINT IF EXISTS has_note before it this fails when it is executed again, and the file says that it can run twice
-- help: Write DROP CONSTRAINT IF EXISTS has_note before it.
-- expect 85: without IF EXISTS this fails when it is executed again, and the file says that it can run twice
-- help: Write IF EXISTS.
CREATE VIEW order_ids AS SELECT id FROM orders;
-- expect 1: without OR REPLACE this fails when it is executed again, and the file says that it can run twice
-- help: Write OR REPLACE.
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- expect 1: without OR REPLACE this fails when it is executed again, and the file says that it can run twice
-- help: Write OR REPLACE.
CREATE SCHEMA shop;
-- expect 1: without IF NOT EXISTS this fails when it is executed again, and the file says that it can run twice
-- help: Write IF NOT EXISTS.
DROP VIEW order_ids;
-- expect 1: without IF EXISTS this fails when it is executed again, and the file says that it can run twice
-- help: Write IF EXISTS.
