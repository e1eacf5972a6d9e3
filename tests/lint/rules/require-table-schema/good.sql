CREATE TABLE public.orders (id bigint);
ALTER TABLE public.orders ADD COLUMN note text;
CREATE TEMPORARY TABLE work (id bigint);
DROP TABLE public.orders;
