CREATE TABLE notes (id bigint PRIMARY KEY, body text);
ALTER TABLE notes ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE notes IS 'What people have written';
ANALYZE notes;
NOTIFY notes, 'made';
