CREATE TABLE notes (id bigint PRIMARY KEY, body text CHECK (body <> NULL));
-- expect 66: <> NULL is never false: the CHECK refuses no row by it
-- help: Write IS NOT NULL.
UPDATE notes SET body = NULL, id = 1 WHERE body = NULL AND id != NULL;
-- expect 49: = NULL is never true, not even where the value is NULL
-- help: Write IS NULL.
-- expect 63: != NULL is never true, not even where the value is NULL
-- help: Write IS NOT NULL.
DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE body=NULL);
-- expect 63: = NULL is never true, not even where the value is NULL
-- help: Write IS NULL.
CREATE INDEX notes_id ON notes (id) WHERE body <> NULL;
-- expect 48: <> NULL is never true, not even where the value is NULL
-- help: Write IS NOT NULL.
ALTER TABLE notes ADD CONSTRAINT has_body CHECK (id > 0 OR body = NULL) NOT VALID;
-- expect 65: = NULL is never false: the CHECK refuses no row by it
-- help: Write IS NULL.
CREATE VIEW silent AS SELECT * FROM notes WHERE body = NULL;
-- expect 54: = NULL is never true, not even where the value is NULL
-- help: Write IS NULL.
INSERT INTO notes SELECT 1, CASE WHEN body = NULL THEN '' ELSE body END FROM notes;
-- expect 44: = NULL is never true, not even where the value is NULL
-- help: Write IS NULL.
DO $$
BEGIN
  DELETE FROM notes WHERE body = NULL;
-- expect 32: = NULL is never true, not even where the value is NULL
-- help: Write IS NULL.
END
$$;
