-- the last that is done: a moment
UPDATE orders SET user_id = NULL WHERE id > 5;
ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;
