-- postgres_version 18
CREATE TABLE users (id bigint PRIMARY KEY, email text CHECK (email IS NOT NULL), name text NOT NULL, phone text, age int);
