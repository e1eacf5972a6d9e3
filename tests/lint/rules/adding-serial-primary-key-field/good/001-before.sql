CREATE TABLE users (id bigint NOT NULL, email text);
CREATE UNIQUE INDEX users_id_idx ON users (id);
