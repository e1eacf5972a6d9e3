CREATE TABLE notes (id bigint PRIMARY KEY, body text, "Body" text, parts integer[]);
UPDATE notes SET body = 'a', "Body" = 'b', parts[1] = 1, parts[2] = 2 WHERE id = id;
INSERT INTO notes (id, body, "Body") VALUES (1, 'a', 'a') ON CONFLICT (id) DO UPDATE SET body = 'a';
INSERT INTO notes SELECT 2, 'a', 'a';
