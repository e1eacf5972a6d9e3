DELETE FROM orders;
-- expect 1: DELETE without WHERE removes every row of "orders", and blocks writes to each until the transaction ends
-- help: Remove the rows in batches, each in a transaction of its own, by a migration that does nothing else:
-- help: DO $$ BEGIN LOOP
-- help:   DELETE FROM orders WHERE id IN (SELECT id FROM orders LIMIT 1000);
-- help:   EXIT WHEN NOT FOUND;
-- help:   COMMIT;
-- help: END LOOP; END $$;
DELETE FROM ONLY shop."Items" WHERE NOT FALSE;
-- expect 1: DELETE with a WHERE that is always true removes every row of "shop.Items", and blocks writes to each until the transaction ends
DELETE FROM legacy USING orders;
-- expect 1: DELETE without WHERE removes every row of "legacy", and blocks writes to each until the transaction ends
WITH gone AS (DELETE FROM legacy RETURNING id) SELECT count(*) FROM gone;
-- expect 15: DELETE without WHERE removes every row of "legacy", and blocks writes to each until the transaction ends
