-- postgres_version 18
CREATE TABLE users (id bigint PRIMARY KEY, email text);
ALTER TABLE users ADD CONSTRAINT email_given NOT NULL email NOT VALID;
