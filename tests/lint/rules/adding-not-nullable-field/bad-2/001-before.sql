CREATE TABLE users (uid bigint, email text);
CREATE UNIQUE INDEX users_uid_idx ON users (uid);
ALTER TABLE users ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;
