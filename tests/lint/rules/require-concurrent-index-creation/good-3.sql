-- nobody uses a table yet that the migration itself makes, with BEGIN or without, before rows are put into it or after
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
INSERT INTO orders VALUES (1, 1);
CREATE INDEX orders_user_id_idx ON orders (user_id);
CREATE INDEX orders_id_idx ON public.orders (id);
CREATE TEMP TABLE ids (id bigint);
CREATE INDEX ids_idx ON ids (id);
CREATE MATERIALIZED VIEW users AS SELECT DISTINCT user_id FROM orders;
CREATE UNIQUE INDEX users_idx ON users (user_id);
CREATE TABLE copies AS SELECT * FROM orders;
CREATE INDEX copies_idx ON copies (id);
