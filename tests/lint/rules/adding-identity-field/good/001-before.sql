CREATE TABLE users (email text, id bigint NOT NULL);
