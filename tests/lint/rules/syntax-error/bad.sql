CREATE TABLE notes (id bigint PRIMARY KEY, body text);
INSERT INTO notes VALUES (1, 'it's here');
-- expect 40: unterminated quoted string
