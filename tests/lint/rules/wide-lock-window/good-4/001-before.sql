CREATE TABLE orders (id bigint PRIMARY KEY, total integer);
CREATE SCHEMA archive;
