DROP DATABASE IF EXISTS shop_before WITH (FORCE);
-- expect 1: dropping database "shop_before" loses all that is in it
-- help: Take it out: a database is dropped by whoever operates the server, not by a migration.
