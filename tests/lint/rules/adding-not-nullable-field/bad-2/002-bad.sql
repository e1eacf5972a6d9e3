-- postgres_version 18
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- expect 19: setting "email" NOT NULL blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration:
-- help: ALTER TABLE users ADD CONSTRAINT users_email_not_null NOT NULL email NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;  -- in a later migration

ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_uid_idx;
-- expect 19: making "uid" NOT NULL for a primary key blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Add it without reading the rows, and check them in a later migration:
-- help: ALTER TABLE users ADD CONSTRAINT users_uid_not_null NOT NULL uid NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_uid_not_null;  -- in a later migration
