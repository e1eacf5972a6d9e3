CREATE SCHEMA shop;
ALTER TABLE orders SET SCHEMA shop;
CREATE VIEW orders AS TABLE shop.orders;
