DELETE FROM orders;
-- expect 1: DELETE without WHERE removes every row of "orders", and blocks writes to each until the transaction ends
-- help: Remove the rows in batches, each in a transaction of its own, in a migration with the directive "no-transaction".
DELETE FROM ONLY shop."Items" WHERE NOT FALSE;
-- expect 1: DELETE with a WHERE that is always true removes every row of "shop.Items", and blocks writes to each until the transaction ends
DELETE FROM legacy USING orders;
-- expect 1: DELETE without WHERE removes every row of "legacy", and blocks writes to each until the transaction ends
WITH gone AS (DELETE FROM legacy RETURNING id) SELECT count(*) FROM gone;
-- expect 15: DELETE without WHERE removes every row of "legacy", and blocks writes to each until the transaction ends
