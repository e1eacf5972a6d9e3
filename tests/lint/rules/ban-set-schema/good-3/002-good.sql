ALTER TABLE orders SET SCHEMA shop;
ALTER TABLE shop.orders SET SCHEMA public;
