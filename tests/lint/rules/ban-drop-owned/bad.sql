DROP OWNED BY reports, CURRENT_USER CASCADE;
-- expect 1: DROP OWNED drops whatever the role owns in this database, tables with their rows too, and takes away its privileges
-- help: Give what it owns to another role before; then only privileges are left to be dropped:
-- help: REASSIGN OWNED BY old_role TO new_role;
-- help: DROP OWNED BY old_role;
DO $$
BEGIN
    DROP OWNED BY reports;
-- expect 5: DROP OWNED drops whatever the role owns in this database, tables with their rows too, and takes away its privileges
END
$$;
