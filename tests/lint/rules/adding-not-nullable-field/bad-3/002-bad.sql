-- another constraint says nothing of NULL
ALTER TABLE users VALIDATE CONSTRAINT adult;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- expect 19: setting "email" NOT NULL blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Have a constraint checked first, in a later migration than the one that adds it:
-- help: ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_email_not_null;
ALTER TABLE users ALTER COLUMN age SET NOT NULL;
-- expect 19: setting "age" NOT NULL blocks reads and writes of "users" until all rows are read (ACCESS EXCLUSIVE lock)
-- help: Have a constraint checked first, in a later migration than the one that adds it:
-- help: ALTER TABLE users ADD CONSTRAINT users_age_not_null CHECK (age IS NOT NULL) NOT VALID;
-- help: ALTER TABLE users VALIDATE CONSTRAINT users_age_not_null;  -- in a later migration
-- help: ALTER TABLE users ALTER COLUMN age SET NOT NULL;
-- help: ALTER TABLE users DROP CONSTRAINT users_age_not_null;
