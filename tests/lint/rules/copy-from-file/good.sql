CREATE TABLE notes (id bigint PRIMARY KEY, body text);
COPY notes (id, body) FROM stdin;
1	FROM '/var/lib/notes.csv'
\.
INSERT INTO notes SELECT 2, 'a' FROM notes;
