CREATE TABLE limits (user_id bigint PRIMARY KEY, tokens integer NOT NULL);
CREATE TABLE members (id bigint PRIMARY KEY, uuid uuid NOT NULL);
CREATE UNIQUE INDEX members_uuid ON members (uuid);
