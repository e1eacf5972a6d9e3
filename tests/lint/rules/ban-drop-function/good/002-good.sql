DROP FUNCTION one();
CREATE FUNCTION public.one() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION for_a_moment() RETURNS integer LANGUAGE sql AS 'SELECT 1';
DROP ROUTINE for_a_moment;
