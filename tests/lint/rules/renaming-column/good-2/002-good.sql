CREATE VIEW order_ids AS SELECT id FROM orders;
ALTER VIEW order_ids RENAME COLUMN id TO order_id;
