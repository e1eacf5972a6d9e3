CREATE TABLE orders (id bigint, note text);
CREATE DOMAIN email AS text;
