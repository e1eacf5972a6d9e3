ALTER TABLE orders RENAME TO orders_aside;
UPDATE orders_aside SET id = 2 WHERE id = 1;
ALTER TABLE orders_aside RENAME TO orders;
