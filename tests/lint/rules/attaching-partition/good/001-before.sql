CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE old_events (at date NOT NULL, what text);
ALTER TABLE old_events ADD CONSTRAINT bounds CHECK (at >= '2020-01-01' AND at < '2021-01-01') NOT VALID;
ALTER TABLE old_events VALIDATE CONSTRAINT bounds;
