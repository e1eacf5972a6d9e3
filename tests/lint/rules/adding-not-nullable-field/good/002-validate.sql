ALTER TABLE users VALIDATE CONSTRAINT email_given;
CREATE UNIQUE INDEX users_uid_idx ON users (uid);
