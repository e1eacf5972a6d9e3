DISCARD ALL;
-- expect 1: DISCARD ALL takes away the settings and the lock of the runner
-- help: Take it out: the runner resets the session after each migration. One setting is put back by RESET name;
