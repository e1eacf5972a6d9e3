INSERT INTO orders VALUES (1, '', 2);
-- expect 1: this INSERT gives values to the columns of "orders" in the order in which they happen to be
-- help: List the columns that the values are for after the table's name, all or the first of these: (id, "Note", total)
INSERT INTO copies (SELECT * FROM orders) ON CONFLICT DO NOTHING;
-- expect 1: this INSERT gives values to the columns of "copies" in the order in which they happen to be
-- help: List the columns after the table's name.
WITH gone AS (INSERT INTO orders AS o OVERRIDING SYSTEM VALUE SELECT 5 RETURNING id) SELECT count(*) FROM gone;
-- expect 15: this INSERT gives values to the columns of "orders" in the order in which they happen to be
COPY orders FROM stdin;
-- expect 1: this COPY gives values to the columns of "orders" in the order in which they happen to be
6	x	3
\.
