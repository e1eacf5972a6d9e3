CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE orders (id bigint PRIMARY KEY, note text, CONSTRAINT has_note CHECK (note <> ''));
CREATE VIEW order_ids AS SELECT id FROM orders;
CREATE FUNCTION one(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA shop;
