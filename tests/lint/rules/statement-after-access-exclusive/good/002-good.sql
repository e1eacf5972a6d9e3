UPDATE orders SET total = 0 WHERE total IS NULL;
ALTER TABLE orders ADD COLUMN note text;
-- few rows
UPDATE orders SET note = '' WHERE id = 5;
INSERT INTO items VALUES (1, 5, 'one');
-- a new table
CREATE TABLE notes (id bigint, note text);
CREATE INDEX ON notes (id);
UPDATE notes SET note = '';
