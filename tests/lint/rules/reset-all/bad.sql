RESET ALL;
-- expect 1: RESET ALL takes away the lock_timeout that the runner has set
-- help: Take it out: the runner resets the session after each migration. One setting is put back by RESET name;
SET SESSION AUTHORIZATION DEFAULT;
-- expect 1: SET SESSION AUTHORIZATION takes away the role that the runner works as
-- help: Take it out: the runner resets the session after each migration. One setting is put back by RESET name;
RESET SESSION AUTHORIZATION;
-- expect 1: RESET SESSION AUTHORIZATION takes away the role that the runner works as
-- help: Take it out: the runner resets the session after each migration. One setting is put back by RESET name;
