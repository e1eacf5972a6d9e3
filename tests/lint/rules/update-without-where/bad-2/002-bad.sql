MERGE INTO orders USING (VALUES (1)) AS v (x) ON true WHEN MATCHED THEN UPDATE SET total = 1;
-- expect 1: MERGE with an ON that is always true changes every row of "orders", and blocks writes to each until the transaction ends
MERGE INTO orders USING (SELECT 1) AS v ON 1 = 1 WHEN NOT MATCHED THEN DO NOTHING WHEN MATCHED AND true THEN UPDATE SET total = 1;
-- expect 1: MERGE with an ON that is always true changes every row of "orders", and blocks writes to each until the transaction ends
