CREATE TABLE users (id bigint PRIMARY KEY, email text CHECK (email IS NOT NULL), name text NOT NULL);
