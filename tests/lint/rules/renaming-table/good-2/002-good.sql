ALTER TABLE shop.orders RENAME TO all_orders;
CREATE VIEW shop.orders AS TABLE shop.all_orders;
CREATE TABLE lines_by_day (id bigint PRIMARY KEY);
ALTER TABLE lines RENAME TO lines_before;
ALTER TABLE lines_by_day RENAME TO lines;
