-- postgres_version 18
ALTER TABLE users ADD CONSTRAINT users_email_not_null NOT NULL email;
-- expect 19: adding constraint "users_email_not_null" blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE users ADD CONSTRAINT users_email_not_null NOT NULL email NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;  -- in a later migration

ALTER TABLE users ADD NOT NULL "Name";
-- expect 19: adding constraint "users_Name_not_null" blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration, which blocks neither:
-- help: ALTER TABLE users ADD CONSTRAINT "users_Name_not_null" NOT NULL "Name" NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT "users_Name_not_null";  -- in a later migration
