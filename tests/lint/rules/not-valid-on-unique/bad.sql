CREATE TABLE notes (id bigint, body text, day daterange);
ALTER TABLE notes ADD CONSTRAINT notes_key PRIMARY KEY (id) NOT VALID;
-- expect 19: PRIMARY KEY cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Build the index first, by CREATE UNIQUE INDEX CONCURRENTLY; then ADD CONSTRAINT ... USING INDEX takes it at once.
ALTER TABLE ONLY public.notes
  ADD COLUMN who text CHECK (who <> ''),
  ADD UNIQUE (body, id) NOT VALID;
-- expect 3: UNIQUE cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Build the index first, by CREATE UNIQUE INDEX CONCURRENTLY; then ADD CONSTRAINT ... USING INDEX takes it at once.
ALTER TABLE notes ADD EXCLUDE USING gist (day WITH &&) NOT VALID;
-- expect 19: EXCLUDE cannot be NOT VALID: Postgres refuses it, for its index is always of all rows
-- help: Build the index first, by CREATE UNIQUE INDEX CONCURRENTLY; then ADD CONSTRAINT ... USING INDEX takes it at once.
