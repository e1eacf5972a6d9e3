CREATE TABLE public.notes (id bigint);
ALTER TABLE notes ADD CONSTRAINT notes_id_key UNIQUE (id) NOT VALID;
-- expect 19: UNIQUE cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Take NOT VALID out: nobody uses the table yet.
