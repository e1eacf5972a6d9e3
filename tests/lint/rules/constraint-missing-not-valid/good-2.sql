-- a new table, without BEGIN
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric CHECK (total >= 0));
INSERT INTO orders VALUES (1, 1);
ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0);
ALTER TABLE public.orders ADD COLUMN quantity int CHECK (quantity > 0);
CREATE TEMPORARY TABLE ids (id bigint);
ALTER TABLE ids ADD CHECK (id > 0);
