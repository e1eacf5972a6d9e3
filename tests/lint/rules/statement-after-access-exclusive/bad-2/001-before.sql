CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint, note text);
