CREATE TABLE orders (id bigint, code text, note varchar(3), kind "char");
