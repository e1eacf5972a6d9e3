UPDATE orders SET total = 0 WHERE id = 5;
UPDATE orders SET total = 0 WHERE (orders.id = '5') AND total > 5;
UPDATE orders AS "o" SET total = 0 WHERE "o"."id" IN (5, 7) AND (total = 1 OR total = 2);
UPDATE orders SET total = 0 WHERE id = ANY ('{5,7}');
UPDATE orders SET total = 0 WHERE id BETWEEN 1 AND 1000 AND total IS NULL;
UPDATE orders SET total = 0 WHERE id > 0 AND id <= 1000;
UPDATE orders SET total = 0 WHERE id IN (SELECT id FROM orders WHERE total IS NULL LIMIT 1000);
UPDATE orders SET total = 0 WHERE id IN (SELECT id FROM orders WHERE total IS NULL FETCH FIRST 9 ROWS ONLY);
UPDATE orders SET total = 0 FROM (SELECT id FROM orders WHERE total IS NULL LIMIT 1000) AS b WHERE orders.id = b.id;
WITH batch AS (SELECT id FROM orders WHERE total IS NULL LIMIT 1000 FOR UPDATE SKIP LOCKED)
UPDATE orders SET total = 0 FROM batch WHERE orders.id = batch.id;
UPDATE items SET note = '' WHERE order_id = 5 AND id = 6;
UPDATE items SET note = '' WHERE code = 'x';
