GRANT SELECT, INSERT ON orders TO PUBLIC;
-- expect 1: GRANT SELECT, INSERT to PUBLIC lets every role do that, also those to come
-- help: Name the roles that need it; a role without login that others are members of is enough.
GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_monitor, public;
-- expect 1: GRANT ALL to PUBLIC lets every role do that, also those to come
GRANT EXECUTE ON FUNCTION now() TO PUBLIC;
-- expect 1: GRANT EXECUTE to PUBLIC lets every role do that, also those to come
