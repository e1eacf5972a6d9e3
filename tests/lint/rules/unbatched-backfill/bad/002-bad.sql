UPDATE orders SET total = 0 WHERE total IS NULL;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
-- help: Change the rows in batches, each in a transaction of its own, by a migration that does nothing else:
-- help: DO $$ BEGIN LOOP
-- help:   UPDATE orders SET total = 0 WHERE id IN (SELECT id FROM orders WHERE total IS NULL LIMIT 1000);
-- help:   EXIT WHEN NOT FOUND;
-- help:   COMMIT;
-- help: END LOOP; END $$;
UPDATE orders AS o SET total = 1 FROM users AS u WHERE u.id = o.user_id;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE orders SET total = 2 WHERE user_id = 5;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE orders SET total = 3 WHERE id = 5 OR total > 5;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE orders SET total = 4 WHERE id > 5;
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE orders SET total = 5 WHERE id IN (SELECT id FROM users);
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE orders SET total = 6 WHERE id = ANY (SELECT id FROM users);
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE orders SET total = 7 WHERE EXISTS (SELECT FROM users LIMIT 1);
-- expect 1: this UPDATE of "orders" may change many rows, and blocks writes to each until the transaction ends
UPDATE shop."Items" SET note = '' WHERE order_id = 5;
-- expect 1: this UPDATE of "shop.Items" may change many rows, and blocks writes to each until the transaction ends
