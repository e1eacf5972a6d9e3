-- Creates the function through which agents ask the database questions of their own.
--
-- It runs with the rights of its caller, takes one query (a data-modifying statement cannot stand in a
-- sub-query), and nobody may call it who was not granted it.

CREATE OR REPLACE FUNCTION exec_sql(query text) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SECURITY INVOKER
SET search_path = public, pg_temp
SET statement_timeout = '5s'
AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT to_jsonb(answer) FROM (%s) AS answer', query);
END
$$;

REVOKE ALL ON FUNCTION exec_sql(text) FROM PUBLIC;

COMMENT ON FUNCTION exec_sql(text) IS 'Runs one query with the rights of the caller and returns its rows as JSON';
