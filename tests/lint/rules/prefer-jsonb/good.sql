CREATE TABLE orders (id bigint, lines jsonb, json text);
