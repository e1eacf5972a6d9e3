ALTER TABLE notes ADD CONSTRAINT notes_key PRIMARY KEY (id) NOT VALID;
-- expect 19: PRIMARY KEY cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Build the index first, in a migration of its own, and let the constraint take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY notes_key ON notes (id);
-- help: ALTER TABLE notes ADD CONSTRAINT notes_key PRIMARY KEY USING INDEX notes_key;
ALTER TABLE ONLY public.notes
  ADD COLUMN who text CHECK (who <> ''),
  ADD UNIQUE (body, id) NOT VALID;
-- expect 3: UNIQUE cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Build the index first, in a migration of its own, and let the constraint take it:
-- help: CREATE UNIQUE INDEX CONCURRENTLY notes_body_id_key ON public.notes (body, id);
-- help: ALTER TABLE public.notes ADD CONSTRAINT notes_body_id_key UNIQUE USING INDEX notes_body_id_key;
ALTER TABLE notes ADD EXCLUDE USING gist (day WITH &&) NOT VALID;
-- expect 19: EXCLUDE cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Take NOT VALID out; its index is built while the table is locked, and there is no other way.
