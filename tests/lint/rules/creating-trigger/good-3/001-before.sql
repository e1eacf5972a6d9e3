CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
