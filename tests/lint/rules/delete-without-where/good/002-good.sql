DELETE FROM orders WHERE total IS NULL;
CREATE TABLE items (id bigint);
DELETE FROM items;
CREATE TEMP TABLE chosen (id bigint);
DELETE FROM chosen WHERE true;
