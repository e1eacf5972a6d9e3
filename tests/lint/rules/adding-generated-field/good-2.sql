CREATE TABLE items (price numeric, quantity int, total numeric GENERATED ALWAYS AS (price * quantity) STORED);
ALTER TABLE items ADD COLUMN double int GENERATED ALWAYS AS (quantity * 2) STORED;
