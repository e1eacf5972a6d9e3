ALTER SYSTEM SET work_mem = '64MB';
-- expect 1: ALTER SYSTEM changes the whole server, every other database on it too, and only after a reload
-- help: Set it for one database, or leave it to whoever operates the server:
-- help: DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''64MB''', current_database()); END $$;
alter system reset work_mem;
-- expect 1: ALTER SYSTEM changes the whole server, every other database on it too, and only after a reload
-- help: Set it for one database, or leave it to whoever operates the server:
-- help: DO $$ BEGIN EXECUTE format('ALTER DATABASE %I reset work_mem', current_database()); END $$;
ALTER SYSTEM RESET ALL;
-- expect 1: ALTER SYSTEM changes the whole server, every other database on it too, and only after a reload
