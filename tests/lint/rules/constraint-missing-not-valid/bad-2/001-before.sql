-- postgres_version 18
CREATE TABLE users (id bigint PRIMARY KEY, email text, "Name" text);
