CREATE TABLE orders (id bigint PRIMARY KEY, "Note" text, total integer);
CREATE TABLE copies AS TABLE orders;
