ALTER TABLE users ADD COLUMN email email;
-- expect 19: adding column "email" of domain email, which has a constraint, rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Give the column the domain's own type, and the domain's condition as a CHECK of the table that is added NOT VALID, and validated in a later migration.

ALTER TABLE users ADD COLUMN note text, ADD COLUMN age public.age DEFAULT 18;
-- expect 41: adding column "age" of domain public.age, which has a constraint, rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Give the column the domain's own type, and the domain's condition as a CHECK of the table that is added NOT VALID, and validated in a later migration.

DO $$ BEGIN ALTER TABLE users ADD COLUMN zip app."Zip"; END $$;
-- expect 31: adding column "zip" of domain app."Zip", which has a constraint, rewrites "users" and blocks reads and writes meanwhile (ACCESS EXCLUSIVE lock)
-- help: Give the column the domain's own type, and the domain's condition as a CHECK of the table that is added NOT VALID, and validated in a later migration.
