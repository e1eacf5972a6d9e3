INSERT INTO orders (id, note) VALUES (1, '');
INSERT INTO orders DEFAULT VALUES;
COPY orders (id, total) FROM stdin;
2	3
\.
CREATE TABLE kinds (id bigint PRIMARY KEY, name text);
INSERT INTO kinds VALUES (1, 'new');
