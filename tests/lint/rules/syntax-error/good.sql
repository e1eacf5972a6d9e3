CREATE TABLE notes (id bigint PRIMARY KEY, body text);
INSERT INTO notes VALUES (1, 'it''s here'), (2, $$it's here$$), (3, E'it\'s here');
COPY notes (id, body) FROM stdin;
4	it's here
\.
