CREATE TABLE notes (id bigint PRIMARY KEY, body text);
LOCK TABLE notes;
SET LOCAL work_mem = '64MB';
