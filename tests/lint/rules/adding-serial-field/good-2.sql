CREATE TABLE users (id bigserial PRIMARY KEY);
ALTER TABLE users ADD COLUMN number serial;
