MERGE INTO orders USING (VALUES (1)) AS v (x) ON true WHEN MATCHED THEN DELETE;
-- expect 1: MERGE with an ON that is always true removes every row of "orders", and blocks writes to each until the transaction ends
MERGE INTO orders USING (SELECT 1) AS v ON 1 = 1 WHEN NOT MATCHED THEN DO NOTHING WHEN MATCHED AND true THEN DELETE;
-- expect 1: MERGE with an ON that is always true removes every row of "orders", and blocks writes to each until the transaction ends
