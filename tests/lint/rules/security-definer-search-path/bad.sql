CREATE FUNCTION secrets() RETURNS integer SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
-- expect 1: function "secrets" has the rights of its owner, but finds tables and functions where the search_path of its caller says
-- help: Write into its definition: SET search_path = '', and each name with its schema. Or afterwards:
-- help: ALTER FUNCTION secrets SET search_path = '';
CREATE SCHEMA app;
CREATE OR REPLACE PROCEDURE app."Clean Up"(days integer)
-- expect 1: procedure "app.Clean Up" has the rights of its owner, but finds tables and functions where the search_path of its caller says
    LANGUAGE plpgsql SET work_mem = '1GB' SECURITY DEFINER AS $$ BEGIN NULL; END $$;
CREATE FUNCTION one() RETURNS integer SECURITY DEFINER RETURN 1;
-- expect 1: function "one" has the rights of its owner, but finds tables and functions where the search_path of its caller says
ALTER FUNCTION one() SET work_mem = '1GB';
