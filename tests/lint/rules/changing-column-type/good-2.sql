CREATE TABLE orders (id int PRIMARY KEY, state text);
ALTER TABLE orders ALTER COLUMN id TYPE bigint;
CREATE TEMP TABLE ids (id int);
ALTER TABLE ids ALTER COLUMN id TYPE bigint;
