ALTER INDEX by_id RENAME TO orders_by_id;
CREATE TYPE mood AS ENUM ('glad', 'sad');
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
CREATE VIEW order_ids AS SELECT id FROM orders;
ALTER VIEW order_ids RENAME TO ids;
