CREATE TABLE orders (id bigint UNIQUE, total integer);
-- expect 1: table "orders" has no primary key: logical replication cannot send its updates and deletes
-- help: ALTER TABLE orders ADD PRIMARY KEY (...);
CREATE SCHEMA shop;
CREATE TABLE IF NOT EXISTS shop."Totals" AS SELECT sum(total) FROM orders;
-- expect 1: table "shop.Totals" has no primary key: logical replication cannot send its updates and deletes
CREATE TABLE events (at date) PARTITION BY RANGE (at);
-- expect 1: table "events" has no primary key: logical replication cannot send its updates and deletes
