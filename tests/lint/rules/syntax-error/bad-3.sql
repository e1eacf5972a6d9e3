CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS $body$ SELECT 1;
-- expect 55: unterminated dollar-quoted string
