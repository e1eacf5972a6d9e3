"""The pytest plugin of migrate-tasks: a fresh, migrated Postgres database for each test that asks for one."""
