CREATE TABLE orders (id bigint PRIMARY KEY, code text NOT NULL, total integer);
CREATE UNIQUE INDEX orders_code ON orders (code);
CREATE SCHEMA shop;
CREATE TABLE shop."Items" (id bigint, code text, CONSTRAINT "Key" PRIMARY KEY (id, code));
