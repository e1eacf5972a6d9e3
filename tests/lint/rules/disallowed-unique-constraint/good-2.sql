CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
ALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE (email);
ALTER TABLE users ADD COLUMN handle text UNIQUE;
