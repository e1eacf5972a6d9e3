CREATE TABLE notes (id bigint PRIMARY KEY, body text);
COPY notes FROM '/var/lib/notes.csv' WITH (FORMAT csv);
-- expect 1: COPY FROM '/var/lib/notes.csv' reads a file on the server's own disk
-- help: Put the rows into the migration: INSERT, or COPY ... FROM stdin with the data below it.
COPY notes (id) FROM PROGRAM 'seq 10';
-- expect 1: COPY FROM PROGRAM starts a program on the server's own machine
-- help: Put the rows into the migration: INSERT, or COPY ... FROM stdin with the data below it.
