CREATE TABLE notes (id bigint, body text, day daterange);
