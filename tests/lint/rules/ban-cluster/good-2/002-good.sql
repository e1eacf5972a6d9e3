-- only says which index the next CLUSTER takes
ALTER TABLE orders CLUSTER ON orders_pkey;
