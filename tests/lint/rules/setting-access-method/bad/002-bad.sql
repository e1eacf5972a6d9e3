ALTER TABLE orders SET ACCESS METHOD heap2;
-- expect 20: SET ACCESS METHOD rewrites "orders" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Make a new table with CREATE TABLE ... USING, copy the rows in batches, and swap the names.
ALTER TABLE ONLY public."Items" SET ACCESS METHOD "heap2";
-- expect 33: SET ACCESS METHOD rewrites "Items" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
