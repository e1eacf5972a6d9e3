CREATE TABLE notes (id bigint PRIMARY KEY, body text DEFAULT NULL CHECK (body IS NOT NULL));
UPDATE notes SET id = 1, body = NULL;
INSERT INTO notes VALUES (1, ' = NULL') ON CONFLICT (id) DO UPDATE SET body = NULL WHERE notes.body IS NULL;
DELETE FROM notes WHERE body IS NOT DISTINCT FROM NULL;
SELECT make_interval(days => NULL) FROM notes WHERE body LIKE '= NULL';
