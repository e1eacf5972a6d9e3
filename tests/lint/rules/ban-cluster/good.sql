CREATE TABLE orders (id bigint PRIMARY KEY);
CLUSTER orders USING orders_pkey;
CREATE TEMP TABLE chosen (id bigint PRIMARY KEY);
CLUSTER chosen USING chosen_pkey;
