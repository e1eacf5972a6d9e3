ALTER TABLE orders RENAME note TO aside;
-- expect 20: renaming column "note" of "orders" breaks programs that use the old name
ALTER TABLE orders RENAME aside TO comment;
-- one column by the old name of another
ALTER TABLE orders RENAME remark TO note;
-- expect 20: renaming column "remark" of "orders" breaks programs that use the old name
