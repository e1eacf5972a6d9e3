-- validated by an earlier migration
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT email_given;
-- and by this one
ALTER TABLE users VALIDATE CONSTRAINT phone_given;
ALTER TABLE users ALTER COLUMN "Phone" SET NOT NULL;
-- NOT NULL already
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_pkey;
ALTER TABLE users ADD PRIMARY KEY USING INDEX users_uid_idx;
