CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE old_events (at date NOT NULL, what text);
CREATE SCHEMA archive;
CREATE TABLE archive."2019" (at date NOT NULL, what text);
ALTER TABLE archive."2019" ADD CONSTRAINT bounds CHECK (at >= '2019-01-01' AND at < '2020-01-01') NOT VALID;
