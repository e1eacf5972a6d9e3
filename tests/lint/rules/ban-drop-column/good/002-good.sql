CREATE TABLE lines (id bigint PRIMARY KEY, note text);
ALTER TABLE lines DROP COLUMN note;
ALTER TABLE orders ADD COLUMN work text;
UPDATE orders SET work = upper(note);
UPDATE orders SET note = work;
ALTER TABLE public.orders DROP COLUMN work;
