ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
-- expect 1: adding a constraint to domain "email" reads every table that has it, and blocks writes to all of them
-- help: Put the constraint on the tables, one after the other: ADD CONSTRAINT ... NOT VALID, then VALIDATE CONSTRAINT.
ALTER DOMAIN public.email ADD CHECK (VALUE <> '') NOT VALID;
-- expect 1: adding a constraint to domain "email" holds at once for what is written to any table that has it
-- help: Put the constraint on the tables, one after the other: ADD CONSTRAINT ... NOT VALID, then VALIDATE CONSTRAINT.
ALTER DOMAIN email SET NOT NULL;
-- expect 1: setting domain "email" NOT NULL reads every table that has it, and blocks writes to all of them
-- help: Put the constraint on the tables, one after the other: ADD CONSTRAINT ... NOT VALID, then VALIDATE CONSTRAINT.
