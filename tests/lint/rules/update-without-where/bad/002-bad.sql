UPDATE orders SET total = 0;
-- expect 1: UPDATE without WHERE changes every row of "orders", and blocks writes to each until the transaction ends
-- help: Change the rows in batches, each in a transaction of its own, by a migration that does nothing else:
-- help: DO $$ BEGIN LOOP
-- help:   UPDATE orders SET total = 0 WHERE id IN (SELECT id FROM orders WHERE total IS DISTINCT FROM 0 LIMIT 1000);
-- help:   EXIT WHEN NOT FOUND;
-- help:   COMMIT;
-- help: END LOOP; END $$;
UPDATE ONLY shop."Items" AS i SET id = 1 WHERE (TRUE);
-- expect 1: UPDATE with a WHERE that is always true changes every row of "shop.Items", and blocks writes to each until the transaction ends
UPDATE legacy SET id = 2 WHERE 1 = 1;
-- expect 1: UPDATE with a WHERE that is always true changes every row of "legacy", and blocks writes to each until the transaction ends
UPDATE orders SET total = u.id FROM legacy AS u;
-- expect 1: UPDATE without WHERE changes every row of "orders", and blocks writes to each until the transaction ends
WITH old AS (SELECT 1) UPDATE orders SET user_id = 1 WHERE 'a' = 'a';
-- expect 24: UPDATE with a WHERE that is always true changes every row of "orders", and blocks writes to each until the transaction ends
DO $$
BEGIN
    UPDATE orders SET total = 1;
-- expect 5: UPDATE without WHERE changes every row of "orders", and blocks writes to each until the transaction ends
END
$$;
