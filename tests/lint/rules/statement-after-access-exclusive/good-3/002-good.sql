CREATE TABLE notes (id bigint);
ALTER TABLE notes ADD COLUMN note text;
INSERT INTO notes SELECT id, note FROM items;
