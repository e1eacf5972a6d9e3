CREATE TABLE ignore (duplicate boolean, key bigint PRIMARY KEY);
INSERT INTO ignore SELECT duplicate, key FROM ignore JOIN (SELECT 1) AS one ON duplicate;
CREATE TABLE engine (charset text PRIMARY KEY) WITH (fillfactor = 70);
