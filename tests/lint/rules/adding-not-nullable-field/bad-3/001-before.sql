CREATE TABLE users (id bigint PRIMARY KEY, email text, age int);
ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT VALID;
