CREATE TABLE orders (id bigint, note text);
CREATE INDEX by_note ON orders (note);
ALTER TABLE orders ADD COLUMN day date, DROP COLUMN note;
