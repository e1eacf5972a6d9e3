ALTER TABLE orders RENAME note TO remark;
-- expect 20: renaming column "note" of "orders" breaks programs that use the old name
-- help: Add a column of the new name, write both, fill it, read the new one; drop the old one when no program uses it.
ALTER TABLE IF EXISTS public.orders RENAME COLUMN "Paid" TO is_paid;
-- expect 37: renaming column "Paid" of "orders" breaks programs that use the old name
-- help: Add a column of the new name, write both, fill it, read the new one; drop the old one when no program uses it.
