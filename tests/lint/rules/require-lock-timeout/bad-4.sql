-- a timeout of another name; one of zero; a table that no migration has made
SET statement_timeout = '5s';
DO $$
BEGIN
    ALTER TABLE IF EXISTS legacy.accounts ADD COLUMN note text;
-- expect 43: waiting for a lock on "legacy.accounts" may stop all who use it after that, for ever: no lock_timeout is set
-- help: SET LOCAL lock_timeout = '3s';
END
$$;
