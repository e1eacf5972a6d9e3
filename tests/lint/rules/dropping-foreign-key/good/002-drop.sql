ALTER TABLE items DROP CONSTRAINT items_order_id_fkey;
