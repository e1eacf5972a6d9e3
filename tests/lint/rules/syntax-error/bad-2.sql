CREATE TABLE notes (id bigint PRIMARY KEY, body text);
\i more.sql
-- expect 1: psql command "\i" is not SQL
