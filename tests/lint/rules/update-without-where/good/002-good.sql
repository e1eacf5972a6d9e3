UPDATE orders SET total = 0 WHERE total IS NULL;
UPDATE orders SET total = 0 WHERE id = id AND 1 = 1;
CREATE TABLE items (id bigint, note text);
UPDATE items SET note = '';
CREATE TEMP TABLE chosen (id bigint);
UPDATE chosen SET id = 1;
INSERT INTO orders VALUES (1, 2, 3) ON CONFLICT (id) DO UPDATE SET total = 3;
