CREATE TABLE orders_by_day AS SELECT id FROM orders;
CREATE TEMPORARY TABLE work (id bigint);
ALTER TABLE orders_by_day RENAME TO daily;
DROP TABLE daily, work;
-- migrate: allow ban-drop-table because the last query of it was seen in March
DROP TABLE orders;
