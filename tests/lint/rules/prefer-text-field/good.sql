CREATE TABLE orders (id bigint, note text, place varchar, code char(3));
