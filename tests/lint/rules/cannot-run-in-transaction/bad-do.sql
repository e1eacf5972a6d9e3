CREATE TABLE notes (id bigint PRIMARY KEY, body text);
DO $$
BEGIN
  IF to_regclass('notes_body') IS NULL THEN
    CREATE INDEX CONCURRENTLY notes_body ON notes (body);
-- expect 5: CREATE INDEX CONCURRENTLY cannot run inside a DO, which is always in a transaction: Postgres refuses it
-- help: Write it as a statement of its own.
  END IF;
END
$$;
