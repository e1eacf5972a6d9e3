-- a table that no migration has made is taken for one in use
CREATE /* slow */ INDEX users_email_idx ON users (email);
-- expect 1: creating index "users_email_idx" blocks writes to "users" until it is built (SHARE lock)
-- help: Build it concurrently:
-- help: CREATE /* slow */ INDEX CONCURRENTLY users_email_idx ON users (email);
