COPY items (id, note) FROM stdin;
1	one
\.
ALTER TABLE orders ADD COLUMN note text;
COPY items (id, note) FROM stdin;
-- expect 1: COPY into "items" runs while "orders" is locked since line 4, which blocks reads and writes of it until the transaction ends (ACCESS EXCLUSIVE lock)
-- help: Put it into the next migration, which is a transaction of its own.
2	two
\.
