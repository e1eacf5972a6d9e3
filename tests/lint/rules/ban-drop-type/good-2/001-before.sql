CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE guests (id bigint PRIMARY KEY, mood mood);
