CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, state text, total numeric);
CREATE SCHEMA app;
CREATE TABLE app."Items" (id bigint, sku text);
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;
