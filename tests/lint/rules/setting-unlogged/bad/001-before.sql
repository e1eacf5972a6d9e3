CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE SCHEMA shop;
CREATE UNLOGGED TABLE shop.cache (id bigint, body text);
CREATE TABLE "Visits" (at timestamptz);
