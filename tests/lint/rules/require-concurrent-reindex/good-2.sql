CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 10);
REINDEX TABLE orders;
REINDEX INDEX orders_pkey;
