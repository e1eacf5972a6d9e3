CREATE TABLE orders (id bigint PRIMARY KEY DEFAULT 5, note text, total integer);
