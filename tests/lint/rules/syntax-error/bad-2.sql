CREATE TABLE notes (id bigint PRIMARY KEY, body text);
\i more.sql
-- expect 1: psql command "\i" is not SQL
SELECT count(*) FROM notes \gset
-- expect 28: psql command "\gset" is not SQL
SELECT 'open;
-- expect 8: unterminated quoted string
